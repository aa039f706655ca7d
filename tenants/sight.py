"""The one rule for each table about which of its rows a caller sees; tenants/organisations.py says it in words."""

from collections.abc import Callable

from tenants import tenancy
from tenants.sql import Sql, every, join, name, sql
from tenants.tenancy import Scope


def within(t: Sql) -> Sql:
    """The condition under which a row `t` reaches no further than the open scope's caller."""
    here = tenancy.current()
    if here.organisations is None:
        return sql("true")
    return sql("{t}.organisation_ids <> '{{}}' and {t}.organisation_ids <@ {mine}::uuid[]", t=t, mine=here.reach)


def _performance(here: Scope, t: Sql) -> Sql:
    whose = [sql("{t}.promoter_id = {promoter}", t=t, promoter=here.promoter)] if here.promoter is not None else []
    return every([_offered(here, t), *whose])


def _product(here: Scope, t: Sql) -> Sql:
    """Subscriptions and memberships are the house's own: promoters learn of none."""
    return _offered(here, t) if here.promoter is None else sql("false")


def _offered(here: Scope, t: Sql) -> Sql:
    conditions = [among(here, t)]
    if here.public:
        conditions.append(sql("{t}.status <> 'DRAFT'", t=t))
    return every(conditions)


def among(here: Scope, t: Sql) -> Sql:
    """The condition under which a row belongs to one of the caller's organisations, or to the whole venue."""
    if here.organisations is None:
        return sql("true")
    mine = list(here.organisations)
    return sql("{t}.organisation_ids = '{{}}' or {t}.organisation_ids && {mine}::uuid[]", t=t, mine=mine)


def _of_a_performance(here: Scope, t: Sql) -> Sql:
    """Rows that follow their performance."""
    return sql(
        "exists (select from performances vp where vp.tenant_id = {venue} and vp.id = {t}.performance_id and {seen})",
        t=t,
        seen=_performance(here, sql("vp")),
    )


def _of_a_product(here: Scope, t: Sql) -> Sql:
    """Rows that follow their subscription or membership."""
    return sql(
        "exists (select from products vs where vs.tenant_id = {venue} and vs.id = {t}.product_id and {seen})",
        t=t,
        seen=_product(here, sql("vs")),
    )


def _ticket_line(here: Scope, t: Sql) -> Sql:
    """Seen with what it sells. A customer who is signed in to the shop sees what the public sees and, beside it, their own data
    and tickets, these even while what they are for is being set up anew."""
    if not here.public:
        return _sells(t, _performance(here, sql("vp")), _product(here, sql("vs")))
    if here.customer is None:
        return sql("false")
    own = "exists (select from orders vo where vo.tenant_id = {venue} and vo.id = {t}.order_id and vo.customer_id = {customer})"
    sold = _sells(t, among(here, sql("vp")).wrapped(), among(here, sql("vs")).wrapped())
    return every([sql(own, t=t, customer=here.customer), sold])


def _sells(t: Sql, performance: Sql, product: Sql) -> Sql:
    """Whether a line sells a performance `vp` or a product `vs` of which this is true."""
    return sql(
        "(exists (select from performances vp where vp.tenant_id = {venue} and vp.id = {t}.performance_id and {performance})"
        " or exists (select from products vs where vs.tenant_id = {venue} and vs.id = {t}.product_id and {product}))",
        t=t,
        performance=performance,
        product=product,
    )


def _order(here: Scope, t: Sql) -> Sql:
    """An order is seen when one of its lines is."""
    return sql(
        "exists (select from ticket_lines vl where vl.tenant_id = {venue} and vl.order_id = {t}.id and {seen})",
        t=t,
        seen=_ticket_line(here, sql("vl")),
    )


def _ticket_type(here: Scope, t: Sql) -> Sql:
    """The shop shows a restricted type to nobody but who has bought it (Requirement D43). What customers may buy they are told
    by tenants/eligibility."""
    if not here.public:
        return sql("true")
    bought = sql(
        "exists (select from ticket_lines vl join orders vo on vo.tenant_id = {venue} and vo.id = vl.order_id "
        "where vl.tenant_id = {venue} and vl.ticket_type_id = {t}.id and vo.customer_id = {customer})",
        t=t,
        customer=here.customer,
    )
    return sql("not {t}.restricted", t=t) if here.customer is None else sql("(not {t}.restricted or {b})", t=t, b=bought)


def _price(of: Callable[[Scope, Sql], Sql]) -> Callable[[Scope, Sql], Sql]:
    """Prices are seen with what they are of; those of restricted types the shop does not show."""

    def rule(here: Scope, t: Sql) -> Sql:
        if not here.public:
            return of(here, t)
        open_to_all = sql(
            "exists (select from ticket_types vy where vy.tenant_id = {venue} and vy.id = {t}.ticket_type_id "
            "and not vy.restricted)",
            t=t,
        )
        return every([of(here, t), open_to_all])

    return rule


def _production(here: Scope, t: Sql) -> Sql:
    """Staff see them all. Promoters and the public learn of a work only from a performance they see."""
    if here.promoter is None and not here.public:
        return sql("true")
    return sql(
        "exists (select from performances vp where vp.tenant_id = {venue} and vp.production_id = {t}.id and {seen})",
        t=t,
        seen=_performance(here, sql("vp")),
    )


def _image(here: Scope, t: Sql) -> Sql:
    """A picture is seen with what it is of; by the public once it can be shown."""
    conditions = [
        sql(
            "exists (select from productions vq where vq.tenant_id = {venue} and vq.id = {t}.production_id and {seen})"
            " or exists (select from performances vr where vr.tenant_id = {venue} and vr.id = {t}.performance_id and {seen_too})",
            t=t,
            seen=_production(here, sql("vq")),
            seen_too=_performance(here, sql("vr")),
        )
    ]
    return every([*conditions, sql("{t}.hash is not null", t=t)] if here.public else conditions)


def _of_performances(column: str) -> Callable[[Scope, Sql], Sql]:
    """The public learns of a season, a kind or a hall only from a performance it sees."""

    def rule(here: Scope, t: Sql) -> Sql:
        if not here.public:
            return sql("true")
        return sql(
            "exists (select from performances vp where vp.tenant_id = {venue} and vp.{column} = {t}.id and {seen})",
            t=t,
            column=name(column),
            seen=_performance(here, sql("vp")),
        )

    return rule


def _tag(here: Scope, t: Sql) -> Sql:
    """And of a tag only from a work."""
    if not here.public:
        return sql("true")
    return sql(
        "exists (select from production_tags vt "
        "join performances vp on vp.tenant_id = {venue} and vp.production_id = vt.production_id "
        "where vt.tenant_id = {venue} and vt.tag_id = {t}.id and {seen})",
        t=t,
        seen=_performance(here, sql("vp")),
    )


def _promoter(here: Scope, t: Sql) -> Sql:
    """Their addresses are for staff, and each for itself."""
    if here.public:
        return sql("false")
    return sql("{t}.id = {promoter}", t=t, promoter=here.promoter) if here.promoter is not None else sql("true")


def _customer(here: Scope, t: Sql) -> Sql:
    """A venue may not hand its audience to promoters (Requirement G1)."""
    if here.customer is not None:
        return sql("{t}.id = {customer}", t=t, customer=here.customer)
    return sql("false") if here.public or here.promoter is not None else sql("true")


def _of_staff(here: Scope, t: Sql) -> Sql:
    """Flags, pools, attributes and campaign links are never told to customers, shops or promoters (Requirement D43)."""
    return sql("false") if here.public or here.promoter is not None else every([among(here, t)])


def _with(table: str, column: str) -> Callable[[Scope, Sql], Sql]:
    """Rows that are seen with a row of that table which their column names."""

    def rule(here: Scope, t: Sql) -> Sql:
        if here.organisations is None and not here.public and here.promoter is None:
            return sql("true")
        its = name(f"v_{table}")  # of its own: such rows may be seen with others in turn
        return sql(
            "exists (select from {table} {its} where {its}.tenant_id = {venue} and {its}.id = {t}.{column} and {seen})",
            table=name(table),
            its=its,
            t=t,
            column=name(column),
            seen=RULES[table](here, its),
        )

    return rule


def _of_a_group(here: Scope, t: Sql) -> Sql:
    """Who is in a group is seen with the group."""
    groups = (("flags", "flag_id"), ("pools", "pool_id"), ("attributes", "attribute_id"))
    return join(" or ", [_with(table, column)(here, t) for table, column in groups]).wrapped()


def _coupling(here: Scope, t: Sql) -> Sql:
    """A coupling is seen with its flag and with what it is for."""
    what = [_with("performances", "performance_id")(here, t), _with("products", "product_id")(here, t)]
    return every([_with("flags", "flag_id")(here, t), join(" or ", what)])


def _sync(here: Scope, t: Sql) -> Sql:
    """A synchronisation is seen by who sees both its sides."""
    return every([_with("pools", "pool_id")(here, t), _with("attributes", "attribute_id")(here, t)])


def _pool_terms(here: Scope, t: Sql) -> Sql:
    """Terms are seen with their pool, and with the performance or product that they are for, if they are for one."""
    what = [_with("performances", "performance_id")(here, t), _with("products", "product_id")(here, t)]
    of_neither = sql("num_nonnulls({t}.performance_id, {t}.product_id) = 0", t=t)
    return every([_with("pools", "pool_id")(here, t), join(" or ", [of_neither, *what])])


def _discount(here: Scope, t: Sql) -> Sql:
    return join(
        " or ", [_with("pool_terms", "pool_terms_id")(here, t), _with("campaign_links", "campaign_link_id")(here, t)]
    ).wrapped()


def _organisation(here: Scope, t: Sql) -> Sql:
    return sql("false") if here.public else sql("true")


def _custom_field(here: Scope, t: Sql) -> Sql:
    """Promoters learn of what is on their performances, the public of what the house shows there."""
    if not here.public:
        return sql("true") if here.promoter is None else sql("{t}.object = 'PERFORMANCE'", t=t)
    return sql("{t}.object = 'PERFORMANCE' and {t}.in_shop and {t}.archived_at is null", t=t)


def _asked_for(here: Scope, t: Sql) -> Sql:
    """What staff have asked for: it may hold whatever they may touch, so only those see it who may touch all of it."""
    return sql("false") if here.public or here.promoter is not None else within(t)


# The one list. A table that is not on it is seen by everybody who may read its kind at all.
RULES = {
    "organisations": _organisation,
    "promoters": _promoter,
    "productions": _production,
    "seasons": _of_performances("season_id"),
    "categories": _of_performances("category_id"),
    "halls": _of_performances("hall_id"),
    "tags": _tag,
    "ticket_types": _ticket_type,
    "performances": _performance,
    "prices": _price(_of_a_performance),
    "products": _product,
    "product_prices": _price(_of_a_product),
    "images": _image,
    "customers": _customer,
    "custom_fields": _custom_field,
    "orders": _order,
    "ticket_lines": _ticket_line,
    **dict.fromkeys(["flags", "pools", "attributes", "campaign_links"], _of_staff),
    **dict.fromkeys(["benefits", "flag_rules"], _with("flags", "flag_id")),
    "couplings": _coupling,
    "assignments": _of_a_group,
    "assignment_causes": _with("assignments", "assignment_id"),
    "pool_terms": _pool_terms,
    "syncs": _sync,
    "personal_links": _with("campaign_links", "campaign_link_id"),
    "discounts": _discount,
    "files": _asked_for,
    "imports": _asked_for,
    "jobs": _asked_for,
    "audit_entries": _asked_for,
    "support_accesses": _asked_for,
}
