-- An order that is put back to RESERVED was paid or given up here before. Whoever says so holds it now, until they tell otherwise:
-- the time that it was once held for here is over, and would have it given back at once, though it was paid.
create function orders_held_elsewhere() returns trigger language plpgsql as $$
begin
  new.expires_at := null;
  return new;
end $$;
create trigger orders_held_elsewhere before update of state on orders for each row
  when (new.state = 'RESERVED' and old.state <> 'RESERVED' and new.expires_at is not distinct from old.expires_at)
  execute function orders_held_elsewhere();
