-- Until when a cause alone would have an assignment hold; it holds until the last of them.
alter table assignment_causes add column expires_on date;
