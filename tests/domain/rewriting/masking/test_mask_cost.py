"""The cost of masking is linear in the length of the text."""

import pytest

from glossator.domain.rewriting.masking.mask import mask
from tests.steps import assert_linear, cpu_seconds_below

UNITS_IN_WORDS = (
    "$ [ < ` *a \\( \\[ \" ' \"' { ( [[ ]( []( ![ [a][ [a]: <a <!-- </ <x {<a x@ :// www. a.b a( a/ _ __a &a \\ @"
    " a://) a://] www.a) 9 9. é $a $$ ``` ~~~ \\begin{a} <pre> ]]> \\` \\\\("
)
UNITS_WITH_SPACE = (
    "<a '\"",
    "<a '\"'",
    '<a ="',
    "<a =' {",
    "[](  ",
    "- `",
    "\n```",
    "\n",
    " ",
    "\t[",
    "[ ](a ",
    '[ ](a "',
    "1 s",
    "--a ",
    "-a ",
    "--a-",
    "$A ",
    "${A}",
    "a::",
    "@a.",
    "a-1",
    "run a-b ",
    "a:=",
    "cd $ ",
    "$ ",
    "sudo ./a ",
    "cd a.",
    "2 A b",
    "\n\n    a",
    "\n\n- a",
    "- ",
    "[a]: b '",
    "[a]:\n",
    "[a]:\nb\n(",
    "\n[a]: <",
    "{ '",
    '{ "\n',
    "{ //",
    "{ /*",
    "{`}",
    "{\\",
    "import {a\n",
    "import {a} from 'b\n",
    "export const x = {\n",
    "export const x = '\n",
    "export default (\n",
    "export {\n\n",
)
UNITS = (*UNITS_IN_WORDS.split(), *UNITS_WITH_SPACE)


@pytest.mark.parametrize("unit", UNITS)
def test_steps_are_linear_in_the_length(unit: str) -> None:
    assert_linear(lambda size: mask((unit * size)[:size], ("node", "ROS 2")), 1000)


@pytest.mark.parametrize("unit", UNITS)
def test_no_search_inside_of_a_step_is_quadratic(unit: str) -> None:
    text = (unit * 12_500)[:12_500]

    with cpu_seconds_below(0.6):
        mask(text)
