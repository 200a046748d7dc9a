from labs.soak.witness import Drops


def test_drops_survive_the_process_that_counted_them():
    drops = Drops()
    drops.saw("a", 5, 0)
    drops.saw("b", 2, 0)
    drops.begin()

    drops.saw("a", 9, 0)
    assert drops.total == 4
    drops.saw("a", 1, 0)  # killed, and a new one counts from 0

    assert drops.total == 5
