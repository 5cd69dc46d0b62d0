-- What operators have refunded of a telephone payment to its card, in rials; NULL: nothing.
ALTER TABLE phone_order ADD COLUMN refunded INTEGER;
