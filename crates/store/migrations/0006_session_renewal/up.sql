-- A session whose person was promoted: its next page view gives it another token.
ALTER TABLE sessions ADD COLUMN renewal_due BOOLEAN NOT NULL DEFAULT FALSE;
