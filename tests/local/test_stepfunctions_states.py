"""Step Functions' states on the laptop AWS do what AWS documents; mended in local/gaps/stepfunctions_states.py.

Pages are those of docs.aws.amazon.com/step-functions/latest/dg unless said otherwise.
"""

from typing import TYPE_CHECKING

from tests.local.conftest import Deploy
from tests.local.workflows import FAIL, WAIT, Execution, Machine, nested, parallel, succeed

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


def test_parallel_honours_arguments_output_and_assign(states: "SFNClient", machine: Machine) -> None:
    """Parallel workflow state (state-parallel.html)."""
    fork = parallel(
        {"A": {"Type": "Pass", "End": True}},
        {"B": succeed("{% $states.input.n + 1 %}")},
        Arguments={"n": "{% $states.input.number * 10 %}"},
        Output={"second": "{% $states.result[1] %}"},
        Assign={"first": "{% $states.result[0].n %}"},
        Next="Then",
    )
    del fork["End"]
    arn = machine({"Fork": fork, "Then": succeed({"first": "{% $first %}", "input": "{% $states.input %}"})})

    assert Execution(states, arn, {"number": 4}).output() == {"first": 40, "input": {"second": 41}}


def test_variables_of_a_branch_stay_in_it(states: "SFNClient", machine: Machine) -> None:
    """Passing data between states with variables (workflow-variables.html)."""
    first = {"Type": "Pass", "Assign": {"outer": 1}, "Next": "Fork"}
    inside = {"Type": "Pass", "Assign": {"inner": "{% $outer + 1 %}"}, "Next": "Use"}
    fork = parallel(
        {"Set": inside, "Use": succeed("{% $inner %}")},
        {"Peek": succeed("{% $exists($inner) %}")},
        Next="Then",
    )
    del fork["End"]
    then = succeed({"result": "{% $states.input %}", "leaked": "{% $exists($inner) %}"})

    output = Execution(states, machine({"First": first, "Fork": fork, "Then": then})).output()

    assert output == {"result": [2, False], "leaked": False}


def test_variables_of_an_iteration_stay_in_it(states: "SFNClient", machine: Machine) -> None:
    """Passing data between states with variables (workflow-variables.html)."""
    steps = {
        "Set": {"Type": "Pass", "Assign": {"inner": "{% $states.input %}"}, "Next": "Use"},
        "Use": succeed("{% $inner %}"),
    }
    each = {"Type": "Map", "Items": [1, 2], "ItemProcessor": {"StartAt": "Set", "States": steps}, "Next": "Then"}

    output = Execution(states, machine({"Each": each, "Then": succeed("{% $exists($inner) %}")})).output()

    assert output is False


def test_choice_honours_the_output_of_its_default(states: "SFNClient", machine: Machine) -> None:
    """Choice workflow state (state-choice.html)."""
    choice = {
        "Type": "Choice",
        "Choices": [{"Condition": "{% $states.input.n > 5 %}", "Output": "big", "Next": "End"}],
        "Default": "End",
        "Output": {"small": "{% $states.input.n %}"},
        "Assign": {"seen": True},
    }
    arn = machine({"Choose": choice, "End": succeed(["{% $states.input %}", "{% $exists($seen) %}"])})

    assert Execution(states, arn, {"n": 1}).output() == [{"small": 1}, True]
    assert Execution(states, arn, {"n": 6}).output() == ["big", False]


def test_a_failing_branch_stops_its_siblings_and_what_they_wait_for(states: "SFNClient", machine: Machine) -> None:
    """Parallel workflow state (state-parallel.html); connect-to-resource.html, Run a Job."""
    child = machine({"Wait": WAIT})
    grandchild = machine({"Child": nested(child)})
    gate = {"Type": "Wait", "Seconds": 10, "Next": "Fail"}
    execution = Execution(
        states, machine({"Fork": parallel({"Nested": nested(grandchild)}, {"Gate": gate, "Fail": FAIL})})
    )

    state = execution.end()

    assert (state["status"], state["error"], state["cause"]) == ("FAILED", "Broken", "on purpose")
    for waited_for in (grandchild, child):
        assert execution.started(waited_for)["status"] == "ABORTED", "the nested execution runs on"


def test_a_failing_branch_does_not_wait_for_a_function(states: "SFNClient", machine: Machine, deploy: Deploy) -> None:
    """Parallel workflow state (state-parallel.html): a function that runs is not waited for."""
    function = deploy("import time\ndef handler(event, context): time.sleep(event)")
    slow = {"Type": "Task", "Resource": function, "Arguments": 9, "End": True}
    execution = Execution(states, machine({"Fork": parallel({"Slow": slow}, {"Fail": FAIL})}))

    assert execution.end(within=3)["error"] == "Broken"


def test_a_failing_iteration_stops_the_others(states: "SFNClient", machine: Machine) -> None:
    """Map workflow state (state-map.html)."""
    choice = {
        "Type": "Choice",
        "Choices": [{"Condition": "{% $states.input = 2 %}", "Next": "Fail"}],
        "Default": "Wait",
    }
    steps = {"Choose": choice, "Fail": FAIL, "Wait": WAIT}
    each = {"Type": "Map", "Items": [1, 2, 3], "ItemProcessor": {"StartAt": "Choose", "States": steps}, "End": True}

    state = Execution(states, machine({"Each": each})).end()

    assert (state["status"], state["error"]) == ("FAILED", "Broken")


def test_a_caught_branch_leaves_nothing_running(states: "SFNClient", machine: Machine) -> None:
    """Parallel workflow state (state-parallel.html): stopped branches change nothing after the state was left."""
    slow = {"Type": "Wait", "Seconds": 20, "Next": "Late"}
    late = {"Type": "Pass", "End": True}
    fork = parallel({"Slow": slow, "Late": late}, {"Fail": FAIL}, Catch=[{"ErrorEquals": ["Broken"], "Next": "Rest"}])
    execution = Execution(
        states, machine({"Fork": fork, "Rest": {"Type": "Wait", "Seconds": 40, "Next": "End"}, "End": succeed(1)})
    )

    assert execution.output() == 1
    history = states.get_execution_history(executionArn=execution.arn)["events"]
    entered = [event["stateEnteredEventDetails"]["name"] for event in history if "stateEnteredEventDetails" in event]
    assert "Slow" in entered, "states inside a Parallel are missing in the history"
    assert "Late" not in entered, "a stopped branch went on"


def test_a_distributed_map_takes_its_items_and_its_output_from_jsonata(states: "SFNClient", machine: Machine) -> None:
    """Using Map state in Distributed mode (state-map-distributed.html)."""
    each = {
        "Type": "Map",
        "Items": "{% [$states.input.names] %}",
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "One",
            "States": {"One": succeed("{% {'name': $states.input} %}")},
        },
        "Output": "{% {'all': [$states.result]} %}",
        "Assign": {"many": "{% $count($states.result) %}"},
        "Next": "Then",
    }
    arn = machine({"Each": each, "Then": succeed({"all": "{% $states.input.all %}", "count": "{% $many %}"})})

    assert Execution(states, arn, {"names": ["a", "b"]}).output() == {"all": [{"name": "a"}, {"name": "b"}], "count": 2}
    assert Execution(states, arn, {"names": ["a"]}).output() == {"all": [{"name": "a"}], "count": 1}
