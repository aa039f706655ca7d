-- Where postcodes lie: public data of GeoNames, the same for all venues. `postcode` is normalised by the core (tenants/postcodes.py).
create table postcodes (
  country text collate "C" not null check (country ~ '^[A-Z]{2}$'),
  postcode text collate "C" not null check (postcode <> '' and length(postcode) <= 20),
  place text not null,
  latitude double precision not null check (latitude between -90 and 90),
  longitude double precision not null check (longitude between -180 and 180),
  primary key (country, postcode)
);
