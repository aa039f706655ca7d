-- How an import's file is written, as found when it was planned: format, encoding, separator or sheet, and how its numbers and
-- dates are written. Applying reads the file the same way.
alter table imports add column dialect jsonb;
