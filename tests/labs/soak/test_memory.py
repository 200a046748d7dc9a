from labs.soak.memory import GONE, Memory


def a_link(memory):
    return memory.created("abc", "me", "one", '"1"')


def test_a_change_without_an_answer_leaves_both_open_until_the_next_that_is_acknowledged():
    link = a_link(Memory())

    link.attempted("two")
    assert link.may_be == {"one", "two"}
    link.attempted("three")
    link.acknowledged("three", '"2"')

    assert link.may_be == {"three"}
    assert link.ever == {"one", "two", "three"}


def test_a_change_that_was_refused_changes_nothing():
    link = a_link(Memory())

    link.attempted("two")
    link.refused("two", {"one"})

    assert link.may_be == {"one"}


def test_a_refusal_does_not_close_what_an_earlier_loss_left_open():
    link = a_link(Memory())
    link.attempted("two")
    before = set(link.may_be)

    link.attempted("three")
    link.refused("three", before)

    assert link.may_be == {"one", "two"}


def test_a_redirect_to_where_the_link_never_led_is_a_lie():
    memory = Memory()
    link = a_link(memory)

    memory.visited(link, 302, "one")
    assert memory.complaints == []
    memory.visited(link, 302, "elsewhere")

    assert memory.complaints == ["/abc led to elsewhere, which it never was"]
    assert memory.redirected == 2


def test_not_found_is_a_lie_unless_somebody_tried_to_delete_it():
    memory = Memory()
    link = a_link(memory)

    memory.visited(link, 404, "")
    assert memory.complaints == ["/abc answered 404, and nobody had deleted it"]

    link.attempted(GONE)
    memory.visited(link, 404, "")
    assert len(memory.complaints) == 1


def test_a_code_that_is_given_out_twice_is_told():
    memory = Memory()
    a_link(memory)
    a_link(memory)

    assert memory.complaints == ["the code abc was given out twice"]
