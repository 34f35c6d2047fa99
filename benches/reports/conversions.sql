INSERT INTO conversion_events
    (event_id, node_id, node_epoch, node_seq, schema, created_at, updated_at, conversion_id, version, click_id, transaction_id,
     workspace_id, campaign_id, stream_id, destination_id, source_id, network_id, offer_id, event_type, status, raw_status,
     payout, currency, attribution, clicked_at)
WITH (salt -> (cityHash64(conversion, salt) % 1000000) / 1000000) AS draw
SELECT
    concat('bench-pb:1:', toString(conversion + 1)), 'bench-pb', 1, conversion + 1, 1,
    clicked_at + toIntervalSecond(30 + toUInt32(pow(draw(30), 3) * 259200)) AS at, at, concat('conversion-', toString(conversion)), 1,
    click_id, concat('t', toString(conversion)), workspace_id, campaign_id, stream_id, destination_id, source_id,
    concat('network-', toString(toUInt32(draw(31) * 8))), destination_id, '',
    multiIf(draw(32) < 0.5, 'sale', draw(32) < 0.8, 'lead', draw(32) < 0.9, 'hold', 'rejected'), '',
    toDecimal64(toUInt32(draw(33) * 60000000) / 1000000, 6), multiIf(draw(34) < 0.85, 'USD', draw(34) < 0.95, 'EUR', 'GBP'), 'click', clicked_at
FROM
(
    SELECT click_id, workspace_id, campaign_id, stream_id, destination_id, source_id, created_at AS clicked_at,
        intDiv(node_seq, {every:UInt64}) AS conversion
    FROM click_events
    WHERE workspace_id = {ws:String} AND node_id = 'bench' AND node_seq % {every:UInt64} = 0
)
