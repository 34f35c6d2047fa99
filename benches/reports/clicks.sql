INSERT INTO click_events
    (event_id, node_id, node_epoch, node_seq, schema, created_at, click_id, workspace_id, campaign_id, stream_id, destination_id,
     landing_id, source_id, source_click_id, ip_hash, ip_prefix, user_agent, ua_hash, geo_country, geo_region, city, asn, isp,
     device_type, os, os_version, browser, browser_version, language, referrer, sub1, sub2, sub3, utm_source, utm_campaign, cost,
     currency, is_bot, bot_reason, is_unique, is_duplicate, decision)
WITH
    -- Several independent draws from one number, each from 0 to 1.
    (salt -> (cityHash64(number, salt) % 1000000) / 1000000) AS draw,
    -- A few campaigns and countries have most of the clicks.
    toUInt32(pow(draw(1), 2.2) * 300) AS campaign,
    toUInt32(draw(2) * 3) AS stream,
    toUInt32(pow(draw(3), 3) * 60) AS country,
    toUInt32(pow(draw(4), 2) * 40) AS region,
    toUInt32(draw(5) * 10) AS device
SELECT
    concat('bench:1:', toString(number + 1)), 'bench', 1, number + 1, 1,
    fromUnixTimestamp64Milli(toInt64({from_ms:Int64} + intDiv(number * {period_ms:Int64}, {rows:UInt64})), 'UTC'),
    concat('bench', leftPad(toString(number), 27, '0')), {ws:String},
    concat('01M7YS1K5VF9FV2E9S3M', leftPad(toString(campaign), 6, '0')),
    concat('01M7YS1K5VF9FV2E9S3S', leftPad(toString(campaign * 3 + stream), 6, '0')),
    concat('01M7YS1K5VF9FV2E9S3D', leftPad(toString(campaign % 100 * 3 + stream), 6, '0')),
    if(stream = 2, concat('01M7YS1K5VF9FV2E9S3L', leftPad(toString(campaign % 50), 6, '0')), ''),
    concat('01M7YS1K5VF9FV2E9S3T', leftPad(toString(campaign % 20), 6, '0')),
    hex(cityHash64(number, 20)), hex(cityHash64(number, 21)), concat('10.', toString(country), '.', toString(region), '.0'),
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36', '',
    substring('USDEFRGBPLESITBRINIDMXCAAUNLSECZROHUTRUAPTGRVNTHPHMYJPKRZAEGNGKEARCLCOPEATCHBEDKNOFIIESKBGHRSILTLVEESARSAEILMDKZ', country * 2 + 1, 2),
    concat('R', toString(region)), concat('City ', toString(country), '-', toString(region)), 1000 + country * 10 + region % 10,
    concat('ISP ', toString(country * 10 + region % 10)),
    ['mobile', 'mobile', 'mobile', 'mobile', 'mobile', 'mobile', 'desktop', 'desktop', 'desktop', 'tablet'][device + 1],
    ['Android', 'Android', 'Android', 'Android', 'iOS', 'iOS', 'Windows', 'Windows', 'macOS', 'Android'][device + 1],
    toString(8 + toUInt32(draw(6) * 8)),
    ['Chrome Mobile', 'Chrome Mobile', 'Samsung Internet', 'Firefox Mobile', 'Safari', 'Safari', 'Chrome', 'Edge', 'Safari', 'Chrome Mobile'][device + 1],
    toString(100 + toUInt32(draw(7) * 30)), lower(substring('ENDEFRGBPLES', country % 6 * 2 + 1, 2)), '',
    concat('creative-', toString(toUInt32(draw(8) * 500))), concat('zone-', toString(toUInt32(pow(draw(9), 3) * 20000))), '',
    concat('source-', toString(campaign % 20)), concat('campaign-', toString(campaign)),
    toDecimal64(toUInt32(draw(10) * 200000) / 1000000, 6),
    -- A source bills in one currency.
    multiIf(campaign % 20 < 14, 'USD', campaign % 20 < 17, 'EUR', campaign % 20 < 19, 'GBP', 'PLN'),
    draw(12) < 0.06, if(draw(12) < 0.06, 'user_agent', ''), draw(13) < 0.7, draw(13) >= 0.95, 'routed'
FROM numbers({first:UInt64}, {count:UInt64})
SETTINGS max_insert_threads = 2, max_block_size = 1048576, min_insert_block_size_rows = 1048576
