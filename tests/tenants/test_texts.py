import pytest

from tenants import files, tenancy
from tenants.catalogue import Hall
from tenants.errors import Refusal
from tenants.imports import records
from tenants.imports.apply import apply
from tenants.imports.mapping import FieldMapping, Mapping
from tenants.imports.plan import plan
from tenants.texts import in_order, spoken_as
from tests.builders import make_venue


@pytest.mark.parametrize(
    ("asked", "spoken", "order"),
    [
        (None, ["no", "en"], ("no", "", "en")),
        ("en", ["no", "en"], ("en", "no", "")),
        ("EN-us", ["no", "en-GB"], ("en-GB", "no", "")),
        ("nb-NO", ["no", "en"], ("no", "", "en")),
        ("nn", ["en", "nb", "nn"], ("nn", "en", "", "nb")),
        ("no", ["en", "nn", "nb"], ("nb", "en", "", "nn")),
        ("zh-Hant-TW", ["zh-Hans", "zh-Hant"], ("zh-Hant", "zh-Hans", "")),
        ("fr", ["no", "en"], ("no", "", "en")),
    ],
)
def test_languages_are_matched_as_their_speakers_would(asked, spoken, order):
    assert in_order(asked, spoken) == order


def test_what_is_no_language_tag_is_refused():
    with pytest.raises(Refusal, match="is not a BCP 47 language tag"):
        spoken_as("english please", ["en"])


async def imported(venue, text, *fields):
    async def pieces():
        yield text.encode()

    file = await files.store(venue.id, "halls.csv", pieces())
    async with tenancy.scope(venue.id):
        task = (await records.create("halls", file, Mapping(list(fields), []), create_missing=False, by_job=False)).id
    await plan(venue.id, task)
    async with tenancy.scope(venue.id):
        planned = await records.find(task)
        if planned.state == "FAILED":
            return planned.error_code, planned.error_message
        await records.start_applying(task, by_job=False)
    await apply(venue.id, task)
    async with tenancy.scope(venue.id):
        done = await records.find(task)
        assert done.applied == planned.planned
        halls = {hall.external_id: hall.texts for hall in await Hall.all()}
    return {k: v for k, v in done.applied.items() if v}, halls


async def test_a_file_has_a_column_per_language():
    venue = await make_venue(languages=["no", "en", "sv"])

    first = await imported(venue, "external_id,name,name:en,Name:SV\n1,Store sal,Main stage,Stora salen\n2,Kjeller,,\n")
    again = await imported(venue, "external_id,name:en\n1,Main stage\n2,Basement\n")
    gone = await imported(
        venue, "id,english\n1,\n", FieldMapping("externalId", column="id"), FieldMapping("name:en", column="english")
    )

    both = {"name:en": "Main stage", "name:sv": "Stora salen"}
    assert first == ({"creates": 2}, {"1": both, "2": {}})
    assert again == ({"updates": 1, "unchanged": 1}, {"1": both, "2": {"name:en": "Basement"}})
    assert gone == ({"updates": 1}, {"1": {"name:sv": "Stora salen"}, "2": {"name:en": "Basement"}})


async def test_rows_that_say_different_things_in_another_language_contradict_each_other():
    venue = await make_venue(languages=["no", "en"])
    told, _ = await imported(venue, "external_id,name,name:en\n1,Store sal,Main stage\n1,Store sal,Big hall\n")
    assert told == {"creates": 1, "conflicts": 1}


async def test_a_column_of_a_language_the_venue_does_not_speak_is_refused_before_anything_is_read():
    venue = await make_venue(languages=["no"])
    assert await imported(venue, "external_id,name,name:en\n1,a,b\n") == (
        "INVALID_VALUE",
        "The venue does not speak en; it speaks no.",
    )
    unknown = FieldMapping("capacity:en", column="name")
    assert (await imported(venue, "external_id,name\n1,a\n", FieldMapping("externalId", column="external_id"), unknown))[
        0
    ] == "UNKNOWN_FIELD"
    assert (await imported(venue, "external_id,name\n1,a\n", FieldMapping("translations", column="name")))[0] == "UNKNOWN_FIELD"
