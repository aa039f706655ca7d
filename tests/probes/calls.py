"""Calls of every root field, made from the contracts, with one value in each that names a row: an id, an external id, a cursor,
a text to search for. What cannot be filled in is an error that says what to teach this file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import uuid4

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    OperationType,
    get_named_type,
    get_nullable_type,
    is_required_argument,
)

from gateway.limits import MOST_FIELDS
from resolvers import contracts
from tests.filled import Filled
from tests.probes.selections import FEW, selection

CONTRACTS: dict[str, Any] = {"graphql": contracts.graphql._schema, "storefront": contracts.storefront._schema}
PATHS = {"graphql": "/graphql", "storefront": "/storefront/graphql"}
# What an ID is the id of, by its name, where that does not say so as `flagIds` does; `id` and `ids` are of what is answered.
ID_OF = {
    "ownerId": "Production", "pools": "Pool", "attributes": "Attribute",
    "seasons": "Season", "productions": "Production", "categories": "Category", "halls": "Hall", "tags": "Tag",
    "promoters": "Promoter", "organisations": "Organisation", "customers": "Customer", "performances": "Performance",
    "orders": "Order", "ticketTypes": "TicketType", "organisationIds": "Organisation", "fileId": "File",
    "promoterId": "Promoter", "customerId": "Customer", "products": "Product",
    "performanceId": "Performance", "productId": "Product",
    "flagId": "Flag", "flagIds": "Flag", "customerIds": "Customer", "ruleId": "FlagRule", "benefitId": "Benefit",
    "performanceIds": "Performance", "productionIds": "Production", "productIds": "Product", "ticketTypeId": "TicketType",
    "mappingId": "SavedImportMapping",
}  # fmt: skip
# Where it has to be a certain one: a picture, a ticket type that not everybody may buy, an order that is held.
CERTAIN = {("Image", "fileId"): "Picture", ("Benefit", "ticketTypeId"): "Restricted", ("Purchase", "id"): "Held"}
# What a text is the external id of; `externalId` is of the kind that the field or input is about.
REFERENCE_TO = {
    "production": "Production", "season": "Season", "category": "Category", "hall": "Hall", "promoter": "Promoter",
    "performance": "Performance", "ticketType": "TicketType", "customer": "Customer", "organisations": "Organisation",
    "tags": "Tag", "product": "Product", "performances": "Performance",
    "benefit": "Benefit", "pool": "Pool", "campaignLink": "CampaignLink",
}  # fmt: skip
OWN_FIELD = {"CustomFieldCondition": "CustomField", "CustomFieldValueRow": "CustomField"}  # inputs whose `key` is that of one
# Texts and numbers of a filter that pick rows by what they hold: the column they are compared with.
PICKS = {
    "externalId": "external_id", "search": "name", "email": "email", "number": "number", "postcode": "postcode", "key": "key",
}  # fmt: skip
SEARCHED = {"Customer": "first_name"}
# Everything else that is a text: any that is accepted.
TEXTS: dict[str, str] = {
    "alt": "Probe", "abbreviation": "PR", "icon": "star", "colour": "#c0392b", "note": "Probe",
    "equals": "x", "oneOf": "x", "min": "x", "max": "x", "beginsWith": "x",
    "name": "Probe", "subtitle": "Probe", "description": "Probe", "productionName": "Probe", "hallName": "Probe",
    "phone": "+4722000000", "email": "probe@example.org", "startTime": "19:30", "priceLevel": "A", "firstName": "Probe",
    "lastName": "Probe", "company": "Probe", "street": "Probe", "postcode": "0150", "city": "Oslo", "country": "NO",
    "language": "nb", "currency": "NOK", "placePostcode": "0150", "placeCity": "Oslo", "placeCountry": "NO",
    "timeZone": "Europe/Oslo", "languages": "nb", "allowedOrigins": "https://shop.example.org", "contactName": "Probe",
    "shopUrl": "https://shop.example.org", "contactEmail": "probe@example.org", "contactPhone": "+4722000000",
    "scopes": "catalogue:read", "field": "external_id", "column": "id", "template": "{id}", "value": "x", "empty": "-",
    "contentType": "text/csv", "sheet": "x", "slug": "probe", "password": "hemmelig",
    "app": "shop", "descriptionBefore": "Probe", "campaign": "probe", "documentId": "probe", "text": "{ venue { slug } }",
    "actor": "Person_0", "action": "keyCreate", "object": "Key_0",
    "reason": "Probe",
    "token": "fpr_probe", "refreshToken": "frt_probe", "oldPassword": "hemmelig", "newPassword": "hemmelig",
    "code": "00000000", "paymentReference": "Probe",
}  # fmt: skip
# Rows and calls that say a thing in two ways say it in one here.
LEFT_OUT = {
    "importCreate": {"mapping"},
    "PerformanceUpsertRow": {"startsOn", "startTime"},
    "FieldMapping": {"template", "value"},
    "TicketLineRow": {"amount", "product"},
    "PurchaseLineInput": {"productId", "benefitId", "poolId", "campaignLinkId"},
    **{"purchaseReserve": {"campaign"}, "purchaseCommit": {"externalId"}},
    "PoolInput": {"performanceId"},
    "PoolTermsInput": {"productionId", "productId"},
    "FlagInput": {"expiresOn"},
    "CampaignLinkInput": {"startsAt"},
    "DiscountInput": {"amount", "price"},
    **{shape: {"options"} for shape in ("CustomFieldCreateInput", "CustomFieldUpdateInput")},
    "FlagRuleInput": {"lastDays"},
}
SCALARS: dict[str, Any] = {
    "Int": 1, "Float": 59.9, "Boolean": False, "Decimal": "100.00", "Date": "2026-08-01", "DateTime": "2099-11-21T18:30:00Z",
}  # fmt: skip
ABOUT = {"customerTokenCreate": "Customer"}  # root fields whose answers bear another name than what they are about
OF = {"Purchase": "Order"}  # what something is that is named after what is done with it
CHOSEN = {"ImportKind": "HALLS", "GrantRole": "PROMOTER"}
INSIDE = {"TicketLineRow": "TicketLine", **OWN_FIELD}  # inputs about another kind than the field they are in
# What has to be said beside any other argument, unless it is another of these itself.
BESIDE = {"eligibility": "performanceId", "offers": "performanceId"}
ONE_OF = ("performanceId", "productId")
# What is refused the second time, whatever the name: the update of the same shows that the name is one of nothing.
ONCE = {("benefitCreate", "externalId"), ("purchaseCommit", "externalId")}


@dataclass(frozen=True)
class Slot:
    """A place in a call that names a row: the root field, the way to the value, of what kind the row is, and how it is named
    (`id`, `cursor`, or the column that holds the value)."""

    contract: str
    operation: str
    root: str
    way: tuple[str, ...]
    kind: str
    how: str
    many: bool

    def __str__(self) -> str:
        return f"{self.contract}.{self.root}({'.'.join(self.way)}: {self.how} of {self.kind})"


@dataclass
class Call:
    """A document and its variables."""

    contract: str
    query: str
    variables: dict[str, Any] = field(default_factory=dict)


def roots(schemas: dict[str, Any], *operations: str) -> Iterator[tuple[str, str, str]]:
    """Every root field of the contracts: contract, operation, name."""
    for contract, schema in schemas.items():
        for operation in operations:
            if root := schema.get_root_type(OperationType(operation)):
                yield from ((contract, operation, name) for name in root.fields)


def slots(schema: Any, contract: str, operation: str, root: str) -> list[Slot]:
    """The places of a root field that name rows; `node` is asked for every kind. Raises LookupError."""
    definition = schema.get_root_type(OperationType(operation)).fields[root]
    found = []
    for name, argument in definition.args.items():
        for way, kind, how, many in _places((name,), argument.type, _about(root, definition), operation):
            kinds = nodes_of(CONTRACTS["graphql"]) if kind == "Node" else [kind]
            found += [Slot(contract, operation, root, way, each, how, many) for each in kinds]
    return found


def call(slot: Slot, value: Any, own: Filled) -> Call:
    """The slot's call with this value in its place and our own rows in all others."""
    made = plain_call(slot.contract, slot.operation, slot.root, own, also=slot.way[0], about=slot.kind)
    inside: Any = made.variables
    for step in slot.way[:-1]:
        inside = inside.setdefault(step, {})  # a filter within a filter
        inside = inside[0] if isinstance(inside, list) else inside
    inside[slot.way[-1]] = [value] if slot.many else value
    return made


def plain_call(
    contract: str, operation: str, root: str, own: Filled, *, also: str = "", about: str = "", levels: int = 0
) -> Call:
    """A call of a root field with everything filled in that it needs (a mutation: everything it takes), from our own rows, and
    with `levels` of objects in the answer. `also` is a further argument, `about` the kind that a Node is asked for as."""
    schema, levels = CONTRACTS[contract], levels or {"query": 1, "subscription": 1, "mutation": 2}[operation]
    definition = schema.get_root_type(OperationType(operation)).fields[root]
    answer = get_named_type(definition.type)
    if answer.name == "Node":
        about = about or "Season"
        shown = f"{{ id {f'... on {about} {shown_of(schema, about, levels)}' if about in nodes_of(schema) else ''} }}"
    else:
        about = _about(root, definition)
        shown = shown_of(schema, answer.name, levels)
    taken = {n: a for n, a in definition.args.items() if n not in LEFT_OUT.get(root, set())}
    required = [n for n, a in taken.items() if operation == "mutation" or is_required_argument(a)]
    required += [BESIDE[root]] if root in BESIDE and also not in ONE_OF else []
    variables = {n: _value((n,), definition.args[n].type, about, own, operation) for n in required}
    if root.endswith("Create") and "externalId" in variables.get("input", {}):
        variables["input"]["externalId"] = f"probe {uuid4().hex}"  # a new one has an id that is not taken
    if also and also not in variables:
        variables[also] = {}  # one condition at a time, or the others would hide it
    if "first" in definition.args and not also:
        variables["first"] = FEW
    declared = ", ".join(f"${n}: {definition.args[n].type}" for n in variables)
    given = ", ".join(f"{n}: ${n}" for n in variables)
    field_ = f"{root}{f'({given})' if given else ''} {shown}"
    return Call(contract, f"{operation} {f'({declared})' if declared else ''} {{ {field_} }}", variables)


@cache
def shown_of(schema: Any, kind: str, levels: int) -> str:
    """Everything that an answer of this type shows, so many levels deep or as deep as one question may go."""
    shown: str = selection(schema, schema.type_map[kind], levels)
    too_long = len(re.findall(r"\w+", shown)) > MOST_FIELDS - 50
    return shown_of(schema, kind, levels - 1) if too_long else shown


@cache
def nodes_of(schema: Any) -> list[str]:
    """Whatever has an id of its own in a contract."""
    return [each.name for each in schema.get_implementations(schema.type_map["Node"]).objects]


def about_of(slot: Slot) -> str:
    """The kind of object that the slot's root field is about."""
    definition = CONTRACTS[slot.contract].get_root_type(OperationType(slot.operation)).fields[slot.root]
    return _about(slot.root, definition)


def _about(root: str, definition: Any) -> str:
    """The kind of object a root field is about."""
    answer = ABOUT.get(root) or str(get_named_type(definition.type).name)
    if answer == "UpsertPayload":
        return str(get_named_type(definition.args["rows"].type).name).removesuffix("UpsertRow")
    kind = answer.removesuffix("Connection").removesuffix("Payload")
    return kind.removesuffix("Create").removesuffix("Revoke").removesuffix("Rotate").removesuffix("Delete")


Place = tuple[tuple[str, ...], str, str, bool]


def _places(way: tuple[str, ...], kind: Any, about: str, operation: str) -> Iterator[Place]:
    name, inner, many = way[-1], get_named_type(kind), isinstance(get_nullable_type(kind), GraphQLList)
    if name in ("after", "before"):
        yield way, about, "cursor", False
    elif inner.name == "ID":
        yield way, _kind_of_id(name, about), "id", many
    elif isinstance(inner, GraphQLInputObjectType):
        inside = INSIDE.get(inner.name, about)
        for part, definition in inner.fields.items():
            yield from _places((*way, part), definition.type, inside, operation)
    elif name in REFERENCE_TO and operation == "mutation":
        yield way, REFERENCE_TO[name], "external_id", many
    elif name in ("externalId", "key") or (name in PICKS and operation == "query"):
        yield way, OF.get(about, about), SEARCHED.get(about, "name") if name == "search" else PICKS[name], many
    elif not isinstance(inner, GraphQLEnumType) and inner.name not in SCALARS and name not in TEXTS:
        raise LookupError(f"{'.'.join(way)} of {about} is a text that may name a row: say in tests/probes/calls.py what it names")


def id_of(name: str, kind: str, about: str, filled: Filled) -> str:
    """The id of a row of this kind, as this argument of what is asked about takes it."""
    return f"{kind}_{filled.ids[CERTAIN.get((about, name), kind)].hex}"


def _kind_of_id(name: str, about: str) -> str:
    if name in ("id", "ids"):
        return OF.get(about, about)
    said = name.removesuffix("s").removesuffix("Id")
    if name not in ID_OF and (kind := said[:1].upper() + said[1:]) in nodes_of(CONTRACTS["graphql"]):
        return kind
    if name not in ID_OF:
        raise LookupError(f"the ID `{name}` is of no known kind: say in tests/probes/calls.py of which")
    return ID_OF[name]


def _value(way: tuple[str, ...], kind: Any, about: str, own: Filled, operation: str) -> Any:
    plain, name = get_nullable_type(kind), way[-1]
    if isinstance(plain, GraphQLList):
        return [_value(way, plain.of_type, about, own, operation)]
    if isinstance(plain, GraphQLEnumType):
        return CHOSEN.get(plain.name) or next(iter(plain.values))
    if isinstance(plain, GraphQLInputObjectType):
        inside = INSIDE.get(plain.name, about)
        given = {n: f.type for n, f in plain.fields.items() if n not in LEFT_OUT.get(plain.name, set())}
        return {n: _value((*way, n), each, inside, own, operation) for n, each in given.items()}
    if plain.name == "ID":
        return id_of(name, _kind_of_id(name, about), about, own)
    if name == "externalId":
        return own.rows[about].external_id
    if name == "key" and about == "CustomField":
        return own.rows["CustomField"].key if len(way) > 2 else f"probe_{uuid4().hex}"
    if name in REFERENCE_TO and operation == "mutation":
        return own.rows[REFERENCE_TO[name]].external_id
    if name == "endsAt" and about == "SupportAccess":
        return (datetime.now(UTC) + timedelta(days=1)).isoformat()
    if name == "priceLevel" and about == "Purchase":
        return own.rows["Price"].price_level
    if plain.name in SCALARS:
        return SCALARS[plain.name]
    if name == "slug":
        return own.venue.slug if about == "SupportAccess" else f"probe-{uuid4().hex[:12]}"
    if name == "email" and about in ("Grant", "Person"):
        return f"Probe_{uuid4().hex}@example.org"  # one login each
    if name == "email" and about == "SupportAccess":
        return own.admin
    if name not in TEXTS:
        raise LookupError(f"{'.'.join(way)} of {about} cannot be filled in: say in tests/probes/calls.py with what")
    return TEXTS[name]


# What creates a row under the name it is given comes last: from then on the name is one of the caller's own.
SLOTS = sorted(
    (
        slot
        for root in roots(CONTRACTS, "query", "subscription", "mutation")
        for slot in slots(CONTRACTS[root[0]], *root)
        if (slot.root, slot.way[-1]) not in ONCE
    ),
    key=lambda slot: (slot.operation == "mutation", slot.way[-1] in ("externalId", "key"), slot.root.endswith("Create")),
)
