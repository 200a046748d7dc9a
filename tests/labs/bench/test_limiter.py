from labs.bench.limiter import commands_of


def shown(command, client_type="tcp"):
    return {"command": command, "client_type": client_type}


def test_what_a_script_does_inside_redis_is_no_round_trip():
    monitored = [shown("EVALSHA abc 1 bucket:user:7"), shown("HMGET bucket:user:7 tokens", "lua")]

    assert commands_of(monitored) == {"EVALSHA": 1}


def test_what_the_process_says_of_its_own_accord_is_not_counted():
    monitored = [shown("PING"), shown("ECHO that was all"), shown("evalsha abc 1 k")]

    assert commands_of(monitored) == {"EVALSHA": 1}


def test_a_second_command_for_a_request_would_show():
    monitored = [shown("EVALSHA abc 1 k"), shown("TTL k")]

    assert commands_of(monitored).total() == 2
