from uuid import uuid4

import pytest

from tenants import tenancy
from tenants.catalogue import Category, Hall, Production, Promoter, Season, Tag, TicketType
from tenants.organisations import Organisation
from tenants.sql import sql
from tests.asking import ask, caller_at, gid
from tests.builders import make_performance, make_venue

NAMED = {
    "organisation": ("organisations", Organisation),
    "promoter": ("promoters", Promoter),
    "season": ("seasons", Season),
    "category": ("categories", Category),
    "tag": ("tags", Tag),
    "hall": ("halls", Hall),
    "production": ("productions", Production),
    "ticketType": ("ticketTypes", TicketType),
}


async def tag_production(production: Production, *tags: Tag) -> None:
    for tag in tags:
        statement = "insert into production_tags (tenant_id, production_id, tag_id) values ({venue}, {production}, {tag})"
        await tenancy.execute(sql(statement, production=production.id, tag=tag.id))


@pytest.mark.parametrize("field", NAMED)
async def test_each_kind_is_listed_filtered_found_and_kept_within_its_house(field):
    plural, record = NAMED[field]
    ours, theirs = await make_venue(), await make_venue()
    async with tenancy.scope(theirs.id):
        foreign = await record.create(name="Alfa", external_id="a")
    async with tenancy.scope(ours.id):
        b, a = await record.create(name="Beta Ærlig", external_id="b"), await record.create(name="Alfa", external_id="a")
        other = await (Hall if record is not Hall else Tag).create(name="Alfa")

    answer = await ask(
        caller_at(ours),
        f"""query ($a: ID!, $foreign: ID!, $random: ID!, $other: ID!) {{
          all: {plural} {{ totalCount nodes {{ id name externalId }} }}
          falling: {plural}(direction: DESC, first: 1) {{ nodes {{ name }} pageInfo {{ hasNextPage hasPreviousPage }} }}
          search: {plural}(where: {{ search: "beta æ" }}) {{ totalCount nodes {{ name }} }}
          external: {plural}(where: {{ externalId: "a" }}) {{ nodes {{ name }} }}
          blank: {plural}(where: {{ search: "", externalId: null }}) {{ totalCount }}
          own: {field}(id: $a) {{ name }} foreign: {field}(id: $foreign) {{ name }}
          random: {field}(id: $random) {{ name }} other: {field}(id: $other) {{ name }}
          nodes(ids: [$a, $foreign, $random, $other, "nonsense"]) {{ id __typename }}
        }}""",
        a=gid(a),
        foreign=gid(foreign),
        random=f"{record.__name__}_{uuid4().hex}",
        other=gid(other),
    )

    assert answer.errors == []
    assert answer.data == {
        "all": {
            "totalCount": 2,
            "nodes": [
                {"id": gid(a), "name": "Alfa", "externalId": "a"},
                {"id": gid(b), "name": "Beta Ærlig", "externalId": "b"},
            ],
        },
        "falling": {"nodes": [{"name": "Beta Ærlig"}], "pageInfo": {"hasNextPage": True, "hasPreviousPage": False}},
        "search": {"totalCount": 1, "nodes": [{"name": "Beta Ærlig"}]},
        "external": {"nodes": [{"name": "Alfa"}]},
        "blank": {"totalCount": 2},
        "own": {"name": "Alfa"},
        "foreign": None,
        "random": None,
        "other": None,
        "nodes": [
            {"id": gid(a), "__typename": record.__name__},
            None,
            None,
            {"id": gid(other), "__typename": type(other).__name__},
            None,
        ],
    }


async def test_what_is_not_even_an_id_is_refused_with_its_argument():
    venue = await make_venue()

    answer = await ask(caller_at(venue), '{ season(id: "1; drop table seasons") { name } }')
    filtered = await ask(caller_at(venue), '{ productions(where: { tags: ["Hall_0"] }) { totalCount } }')

    assert (answer.data, answer.errors) == ({"season": None}, [("BAD_USER_INPUT", "season")])
    assert (filtered.data, filtered.errors) == ({"productions": None}, [("BAD_USER_INPUT", "productions")])


async def test_a_text_that_cannot_be_stored_is_refused_before_it_reaches_the_database():
    venue = await make_venue()

    answer = await ask(
        caller_at(venue), "query ($text: String) { seasons(where: { search: $text }) { totalCount } }", text="a\0b"
    )

    assert answer.errors == [("BAD_USER_INPUT", "seasons")]


async def test_productions_are_found_by_tag_and_by_season_and_show_their_words_and_evenings():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        sibelius, grieg = await Tag.create(name="Sibelius"), await Tag.create(name="Grieg")
        hedda, peer = await Production.create(name="Hedda Gabler"), await Production.create(name="Peer Gynt", subtitle="A poem")
        await tag_production(peer, sibelius, grieg)
        season = await Season.create(name="2026/27")
        evening = await make_performance(production_id=hedda.id, season_id=season.id)

    answer = await ask(
        caller_at(venue),
        """query ($tags: [ID!], $seasons: [ID!]) {
          tagged: productions(where: { tags: $tags }) { nodes { name subtitle tags { name } performances { totalCount } } }
          played: productions(where: { seasons: $seasons }) { nodes { name tags { name } performances { nodes { id } } } }
          both: productions(where: { seasons: $seasons, tags: $tags }) { totalCount }
        }""",
        tags=[gid(grieg), gid(sibelius)],
        seasons=gid(season),
    )

    assert answer.data == {
        "tagged": {
            "nodes": [
                {
                    "name": "Peer Gynt",
                    "subtitle": "A poem",
                    "tags": [{"name": "Grieg"}, {"name": "Sibelius"}],
                    "performances": {"totalCount": 0},
                }
            ]
        },
        "played": {"nodes": [{"name": "Hedda Gabler", "tags": [], "performances": {"nodes": [{"id": gid(evening)}]}}]},
        "both": {"totalCount": 0},
    }


async def test_the_catalogue_is_closed_to_keys_without_its_permission():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        hall = await Hall.create(name="Store sal")
    stranger = caller_at(venue, may={"customers:read"})

    answer = await ask(stranger, "{ halls { totalCount } }")
    node = await ask(stranger, "query ($id: ID!) { node(id: $id) { id } }", id=gid(hall))

    assert (answer.data, answer.errors) == ({"halls": None}, [("FORBIDDEN", "halls")])
    assert node.data == {"node": None}


async def test_more_than_a_hundred_nodes_at_once_are_refused():
    venue = await make_venue()

    answer = await ask(caller_at(venue), "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["Hall_0"] * 101)

    assert answer.errors == [("BAD_USER_INPUT", "nodes")]
