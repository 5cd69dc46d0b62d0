-- Submissions of orders to networks, and the networks' responses so far. Kept as long as the order.
CREATE TABLE submission (
    order_id          BIGINT PRIMARY KEY,
    reference         TEXT NOT NULL,
    settlement        BIGINT NOT NULL,
    at_ms             BIGINT NOT NULL,
    answered_at_ms    BIGINT,
    inquiries         BIGINT NOT NULL,
    said              BIGINT,
    network_reference TEXT
);

-- Orders of a sandbox's network whose outcome was in a job (kinds 3 and 4): now the network has it, and is inquired.
INSERT INTO submission (order_id, reference, settlement, at_ms, answered_at_ms, inquiries, said,
        network_reference)
    SELECT subject, CASE kind WHEN 3 THEN 'unknown; then done after 0' ELSE 'unknown; then failed after 0' END, 2,
        coalesce(dead_at_ms, due_at_ms), coalesce(dead_at_ms, due_at_ms), 0, CASE WHEN dead_at_ms IS NULL THEN NULL ELSE kind - 2 END, NULL
    FROM job WHERE kind IN (3, 4) ORDER BY id
    ON CONFLICT (order_id) DO NOTHING;
UPDATE job SET kind = 13 WHERE kind IN (3, 4);
