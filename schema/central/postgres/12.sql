-- The twelfth version: a sale's lines and tenders stand in its own row, a column an array, one
-- entry a line in the order they were sold. One row a sale instead of one a line costs the server
-- a third; `sale_line` and `tender` still give them a row each, as views. The table of sums by item
-- goes: nobody asked it, since what moved of an item is told from lines, counts and deliveries
-- together. A program before this one takes records in beside it, and can't project.

TRUNCATE sale;
ALTER TABLE sale
    ADD COLUMN at             bigint    NOT NULL,   -- as in `record`, which is not looked up for it
    ADD COLUMN line_item      text[]    NOT NULL,
    ADD COLUMN line_quantity  bigint[]  NOT NULL,   -- ten-thousandths
    ADD COLUMN line_unit      bigint[]  NOT NULL,   -- price, in ten-thousandths of the currency
    ADD COLUMN line_amount    bigint[]  NOT NULL,
    ADD COLUMN line_voided    boolean[] NOT NULL,
    ADD COLUMN tender_kind    text[]    NOT NULL,   -- cash, check, check_returned
    ADD COLUMN tender_amount  bigint[]  NOT NULL;
DROP TABLE sale_line;
DROP TABLE tender;
DROP TABLE stock;

CREATE VIEW sale_line AS
    SELECT s.store, s.reg, s.epoch, s.seq, s.branch, (u.place - 1)::int AS place, u.item,
           u.quantity, u.unit, u.amount, u.voided
    FROM sale s CROSS JOIN LATERAL unnest(s.line_item, s.line_quantity, s.line_unit,
         s.line_amount, s.line_voided) WITH ORDINALITY
         AS u (item, quantity, unit, amount, voided, place);

CREATE VIEW tender AS
    SELECT s.store, s.reg, s.epoch, s.seq, s.branch, (u.place - 1)::int AS place, u.kind, u.amount
    FROM sale s CROSS JOIN LATERAL unnest(s.tender_kind, s.tender_amount) WITH ORDINALITY
         AS u (kind, amount, place);
