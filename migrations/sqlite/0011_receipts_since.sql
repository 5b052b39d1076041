-- When receipts were switched on, while they are: mail received before gets none.
ALTER TABLE installation ADD COLUMN receipts_since INTEGER;
