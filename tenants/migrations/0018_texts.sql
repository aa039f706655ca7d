-- Texts in other languages, beside the row's own: {"name:en": "Main stage", …}. Not a table: they come with the row.
do $$ declare venue_table text; begin
  foreach venue_table in array array['seasons', 'categories', 'tags', 'halls', 'productions', 'performances', 'ticket_types'] loop
    execute format('alter table %I add column texts jsonb not null default ''{}'' check (jsonb_typeof(texts) = ''object'')', venue_table);
  end loop;
end $$;
