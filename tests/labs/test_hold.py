from labs.engine.catalogue import find
from labs.engine.hold import held


def at(parts):
    return {part.name: vars(part).get("start_s", vars(part).get("at_s")) for part in parts}


def test_the_long_load_goes_on_and_what_came_after_it_still_does():
    lab = find("stampede").lab
    launch = next(phase for phase in lab.load if phase.name == "launch")

    longer = held(lab, 120.0)

    ends_s = {phase.name: phase.start_s + phase.duration_s for phase in longer.load}
    later_s = 120.0 - (launch.start_s + launch.duration_s)
    assert ends_s["launch"] == 120.0
    assert at(longer.fault)["crash"] == at(lab.fault)["crash"] + later_s
    assert at(longer.load)["solo"] == at(lab.load)["solo"] + later_s
    assert at(longer.action)["last-request"] == at(lab.action)["last-request"] + later_s


def test_what_comes_before_or_beside_the_long_load_keeps_its_second():
    lab = find("stampede").lab

    longer = held(lab, 120.0)

    assert at(longer.fault)["distance"] == at(lab.fault)["distance"]
    assert at(longer.action)["correction"] == at(lab.action)["correction"]
    assert at(longer.load)["first"] == at(lab.load)["first"]
