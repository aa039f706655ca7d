-- What a search for customers begins with, besides the names' own beginnings: a name from its second word on, from its third, and
-- a telephone number from its end (without the zeros before it), so that it is found with and without the country's code.
-- Stored by PostgreSQL, whoever writes the row; null for almost everybody, so the indexes stay small. (It rewrites the table.)
alter table customers
  add column first_name_from_2 text collate "C" generated always as (substring(first_name_key from '^\S+ (.+)$')) stored,
  add column first_name_from_3 text collate "C" generated always as (substring(first_name_key from '^\S+ \S+ (.+)$')) stored,
  add column last_name_from_2 text collate "C" generated always as (substring(last_name_key from '^\S+ (.+)$')) stored,
  add column last_name_from_3 text collate "C" generated always as (substring(last_name_key from '^\S+ \S+ (.+)$')) stored,
  add column company_from_2 text collate "C" generated always as (substring(company_key from '^\S+ (.+)$')) stored,
  add column company_from_3 text collate "C" generated always as (substring(company_key from '^\S+ \S+ (.+)$')) stored,
  add column company_from_4 text collate "C" generated always as (substring(company_key from '^\S+ \S+ \S+ (.+)$')) stored,
  add column phone_from_end text collate "C"
    generated always as (nullif(reverse(ltrim(regexp_replace(phone, '[^0-9]', '', 'g'), '0')), '')) stored;
create index customers_first_name_from_2 on customers (tenant_id, first_name_from_2) where first_name_from_2 is not null;
create index customers_first_name_from_3 on customers (tenant_id, first_name_from_3) where first_name_from_3 is not null;
create index customers_last_name_from_2 on customers (tenant_id, last_name_from_2) where last_name_from_2 is not null;
create index customers_last_name_from_3 on customers (tenant_id, last_name_from_3) where last_name_from_3 is not null;
create index customers_company_from_2 on customers (tenant_id, company_from_2) where company_from_2 is not null;
create index customers_company_from_3 on customers (tenant_id, company_from_3) where company_from_3 is not null;
create index customers_company_from_4 on customers (tenant_id, company_from_4) where company_from_4 is not null;
create index customers_phone on customers (tenant_id, phone_from_end) where phone_from_end is not null;
