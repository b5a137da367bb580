-- Verdict on the chain of those who passed the message on (RFC 8617).
ALTER TABLE inbound_emails ADD COLUMN arc TEXT NOT NULL DEFAULT 'none';
-- Whether the message is larger or deeper than what was read of it.
ALTER TABLE inbound_emails ADD COLUMN limits_exceeded BOOLEAN NOT NULL DEFAULT FALSE;
-- Whether a webhook is still to be told of a message.
CREATE INDEX webhook_deliveries_waiting_idx ON webhook_deliveries (email_id) WHERE next_attempt_at IS NOT NULL;
