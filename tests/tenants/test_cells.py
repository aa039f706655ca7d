import csv
import io

import pytest

from tenants import cells

ATTACKS = ["=cmd|'/C calc'!A0", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "\0=1", "=1\n=2", '="a,b"']


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_cell_is_a_formula_and_no_character_is_lost(attack: str):
    text = cells.lines([(attack, "b")]).decode()
    ((cell, beside),) = csv.reader(io.StringIO(text, newline=""), strict=True)

    assert (cell, beside) == (f"'{attack}", "b")


def test_everything_else_is_as_it_was():
    rows = [("a,b", 'say "æ"', "two\r\nlines", -5, None, " =1", "")]

    assert cells.lines(rows).decode() == '"a,b","say ""æ""","two\r\nlines",-5,, =1,\r\n'
