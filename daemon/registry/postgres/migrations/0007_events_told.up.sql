-- Whoever listens is told of every event, not of flips' alone, so that nobody needs to ask again and again.
CREATE OR REPLACE FUNCTION cairn_add_event(kind TEXT, at TIMESTAMPTZ, json JSON) RETURNS void LANGUAGE sql AS $$
  WITH next AS (UPDATE event_cursor SET last = last + 1 WHERE one = 1 RETURNING last)
  INSERT INTO events SELECT next.last, $1, $2, $3 FROM next;
  SELECT pg_notify('cairn_events', last::text) FROM event_cursor
$$;
