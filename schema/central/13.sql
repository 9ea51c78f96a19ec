-- The thirteenth version: the table of sums by item goes. Nobody asked it: what moved of an item is
-- told from lines, counts and deliveries together.
DROP TABLE stock;
