import re
from pathlib import Path

from gateway import graphiql
from tests.gateway.clients import client

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def test_a_browser_gets_graphiql_in_development_and_nothing_from_elsewhere():
    async with client() as asking:
        pages = [await asking.get(path, headers=BROWSER) for path in ("/graphql", "/storefront/graphql")]
        addresses = re.findall(r'(?:src|href)="([^"]+)"', pages[0].text)
        files = [await asking.get(address) for address in addresses if not address.startswith("data:")]

    assert [page.status_code for page in pages] == [200, 200]
    assert len(files) == 6 and all(file.status_code == 200 for file in files)
    assert all(address.startswith(("/static/", "data:")) for address in addresses)
    assert pages[0].headers["content-security-policy"].startswith("default-src 'self';")


async def test_a_question_in_the_address_is_shown_to_a_browser_and_answered_to_a_program():
    question = "/graphql?query={__typename}&variables={}"
    async with client() as asking:
        page = await asking.get(question, headers=BROWSER)
        answer = await asking.get(question, headers={"Accept": "application/json"})
        script = await asking.get("/static/page.js")

    assert page.headers["content-type"].startswith("text/html") and 'id="graphiql"' in page.text
    assert answer.json() == {"data": {"__typename": "Query"}}
    assert 'asked.get("query")' in script.text and "location.search" in script.text


async def test_in_production_there_is_no_page_and_no_file():
    async with client(environment="production") as asking:
        page = await asking.get("/graphql", headers=BROWSER)
        file = await asking.get("/static/page.js")

    assert (page.status_code, page.headers["allow"]) == (405, "POST")
    assert file.status_code == 404


def test_the_files_have_their_licences_beside_them():
    folder = graphiql.FOLDER / "graphiql"
    assert all("MIT" in Path(folder / name).read_text() for name in ("LICENSE.graphiql", "LICENSE.react"))
