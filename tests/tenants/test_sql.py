"""Composed statements: what is text, what is a value, and that a remembered text never carries another statement's values."""

from uuid import uuid4

import pytest

from tenants import sql as composed
from tenants.sql import apart, every, join, name, sql

VENUE = uuid4()


def rendered(statement: composed.Sql) -> tuple[str, list[object]]:
    return statement.render({"venue": VENUE})


def test_values_stay_out_of_the_text_and_come_in_the_order_of_their_places():
    statement = sql(
        "select {{}} from {t} where tenant_id = {venue} and a = {a} and {rest}", rest=sql("b = {b}", b="x"), a=1, t=name("t")
    )

    assert rendered(statement) == ('select {} from "t" where tenant_id = $1 and a = $2 and b = $3', [VENUE, 1, "x"])


def test_a_value_that_stands_in_several_places_is_sent_once():
    who = uuid4()
    own = [sql("owner = {who}", who=who), sql("giver = {who} or {who} is null", who=who)]

    assert rendered(every(own)) == ("(owner = $1) and (giver = $1 or $1 is null)", [who])


def test_values_of_one_name_in_several_fragments_are_told_apart():
    def either(one: object, other: object) -> composed.Sql:
        return join(" or ", [sql("id = {id}", id=one), sql("id = {id}", id=other)])

    first, second = uuid4(), uuid4()
    assert rendered(either(first, second)) == ("id = $1 or id = $2", [first, second])
    assert rendered(either(first, first)) == ("id = $1 or id = $1", [first])
    assert rendered(either(second, first)) == ("id = $1 or id = $2", [second, first])


def test_columns_that_get_the_same_value_have_a_place_each():
    changed = join(
        ", ", [sql("{c} = {v}", c=name(c), v=v) for c, v in apart({"lat": None, "url": None, "at": sql("now()")}).items()]
    )

    assert rendered(changed) == ('"lat" = $1, "url" = $2, "at" = now()', [None, None])


def test_a_remembered_text_takes_the_values_of_each_statement():
    def asked(a: object, b: object) -> composed.Sql:
        return sql("select {b}, {a}, {venue}", a=a, b=b, unused=object())

    assert rendered(asked(1, 2)) == ("select $1, $2, $3", [2, 1, VENUE])
    assert rendered(asked("x'; --", "{a}")) == ("select $1, $2, $3", ["{a}", "x'; --", VENUE])
    assert rendered(sql("select {b}, {a}, {venue}", b=1, a=name("c"))) == ('select $1, "c", $2', [1, VENUE])
    assert sql("select {venue}", venue=3).render({}) == ("select $1", [3])


def test_what_is_not_bound_is_refused_each_time():
    for _ in range(2):
        with pytest.raises(KeyError):
            sql("select {venue}").render({})
        with pytest.raises(KeyError):
            sql("select {outer} and {inner}", outer=1, inner=sql("{outer}")).render({})


def test_many_rows_are_written_but_not_remembered():
    before = composed._written.cache_info().currsize
    rows = [sql("({id}, {n})", id=uuid4(), n=f"No. {n}") for n in range(2_000)]

    text, values = join(", ", rows).render({})

    assert text == ", ".join(f"(${n * 2 + 1}, ${n * 2 + 2})" for n in range(2_000))
    assert values == [value for row in rows for value in row.values.values()]
    assert composed._written.cache_info().currsize == before
