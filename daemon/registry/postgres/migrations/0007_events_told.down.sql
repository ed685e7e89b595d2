CREATE OR REPLACE FUNCTION cairn_add_event(kind TEXT, at TIMESTAMPTZ, json JSON) RETURNS void LANGUAGE sql AS $$
  WITH next AS (UPDATE event_cursor SET last = last + 1 WHERE one = 1 RETURNING last)
  INSERT INTO events SELECT next.last, $1, $2, $3 FROM next
$$;
