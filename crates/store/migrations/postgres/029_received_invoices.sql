-- The invoices that were issued to a party.
CREATE INDEX invoice_received ON invoice (customer, id) WHERE customer IS NOT NULL;
