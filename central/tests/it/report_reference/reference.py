"""Computes reports anew with DuckDB from exported events, and compares them with what the API answered.

    reference.py <directory>

The directory has `clicks.jsonl` and `versions.jsonl` (every row that ClickHouse keeps: repeats, corrected costs and
overtaken versions included), and `cases.json`: currency, rates, and questions with their answers. Nothing here is
taken from the service: which row of several counts, days of a timezone, and rates are worked out by other means.
Prints what differs and ends with 1.
"""
import collections, datetime, decimal, json, pathlib, sys, zoneinfo

import duckdb

D = decimal.Decimal
decimal.getcontext().prec = 80
MONEY = ("revenue", "revenue_pending", "cost")
COUNTS = ("clicks", "unique_clicks", "duplicate_clicks", "bots", "lp_views", "lp_clicks", "conversions", "leads", "sales",
          "rejected", "holds")
CLICK_COLUMNS = {"campaign": "campaign_id", "stream": "stream_id", "destination": "destination_id", "source": "source_id",
                 "country": "geo_country", "device": "device_type", "os": "os", "browser": "browser", "bot_reason": "bot_reason",
                 "sub1": "sub1", "sub2": "sub2", "sub3": "sub3"}
OWN_OF_CONVERSION = {"campaign": "campaign_id", "stream": "stream_id", "destination": "destination_id", "source": "source_id",
                     "network": "network_id", "offer": "offer_id", "event_type": "event_type", "conversion_status": "status"}


def load(directory):
    db = duckdb.connect()
    db.execute("SET TimeZone = 'UTC'")
    read = lambda name: f"read_json('{directory}/{name}.jsonl', format = 'newline_delimited', columns = {{{columns[name]}}})"
    text = lambda names: ", ".join(f"{n}: 'VARCHAR'" for n in names.split())
    columns = {
        "clicks": text("node_id click_id workspace_id campaign_id stream_id destination_id landing_id source_id geo_country device_type "
                       "os browser bot_reason sub1 sub2 sub3 currency")
        + ", node_epoch: 'BIGINT', node_seq: 'BIGINT', at_ms: 'BIGINT', cost: 'DECIMAL(38, 6)', is_bot: 'BOOLEAN', is_unique: 'BOOLEAN', "
          "is_duplicate: 'BOOLEAN', is_second_step: 'BOOLEAN', cost_version: 'BIGINT'",
        "versions": text("conversion_id click_id workspace_id campaign_id stream_id destination_id source_id network_id offer_id event_type "
                         "status currency attribution")
        + ", version: 'BIGINT', at_ms: 'BIGINT', clicked_ms: 'BIGINT', payout: 'DECIMAL(38, 6)'",
    }
    # One row an event, the latest cost; one row a conversion, the last version.
    db.execute(f"""CREATE TABLE clicks AS SELECT * FROM {read("clicks")}
        QUALIFY row_number() OVER (PARTITION BY node_id, node_epoch, node_seq ORDER BY cost_version DESC) = 1""")
    db.execute(f"""CREATE TABLE conversions AS SELECT * FROM {read("versions")}
        QUALIFY row_number() OVER (PARTITION BY workspace_id, conversion_id ORDER BY version DESC) = 1""")
    # An hour of UTC is in one local day only where the zone's clock allows it: a quarter of an hour always is.
    db.execute("CREATE TABLE days (zone VARCHAR, quarter BIGINT, day VARCHAR)")
    return db


def teach_zone(db, zone):
    if db.execute("SELECT count(*) FROM days WHERE zone = ?", [zone]).fetchone()[0]:
        return
    info = zoneinfo.ZoneInfo(zone)
    quarters = db.execute("SELECT DISTINCT at_ms // 900000 FROM (SELECT at_ms FROM clicks UNION ALL SELECT at_ms FROM conversions "
                          "UNION ALL SELECT clicked_ms FROM conversions)").fetchall()
    rows = [(zone, q, datetime.datetime.fromtimestamp(q * 900, info).date().isoformat()) for (q,) in quarters]
    db.executemany("INSERT INTO days VALUES (?, ?, ?)", rows)


def added_up(db, case, workspace):
    """Sums by group, currency and UTC day: {group: [row]}."""
    teach_zone(db, case["timezone"])
    counted = "v.at_ms" if case["conversion_time"] == "conversion" else "CASE WHEN v.attribution = 'click' THEN v.clicked_ms ELSE v.at_ms END"
    of_click = lambda d: "d.day" if d == "day" else f"c.{CLICK_COLUMNS[d]}" if d in CLICK_COLUMNS else "''"
    of_conversion = lambda d: ("d.day" if d == "day" else f"v.{OWN_OF_CONVERSION[d]}" if d in OWN_OF_CONVERSION
                               else f"coalesce(f.{CLICK_COLUMNS[d]}, '')")
    parameters, groups = [], collections.defaultdict(list)

    def statement(of, table, time, sums, join):
        t = table.split(" AS ")[1]
        where = [f"{t}.workspace_id = ?", f"{time} >= ?", f"{time} < ?"]
        bound = [case["timezone"], workspace, case["from"], case["to"]]
        for dimension, values in case["filters"].items():
            where.append(f"{of(dimension)} IN ({', '.join('?' for _ in values)})")
            bound += values
        keys = [of(d) for d in case["group_by"]]
        by = ", ".join(str(i + 1) for i in range(len(keys) + 2))
        chosen = ", ".join([*keys, f"{t}.currency AS currency", f"{t}.at_ms // 86400000 AS utc_day", *sums])
        sql = (f"SELECT {chosen} FROM {table} {join} LEFT JOIN days AS d ON d.zone = ? AND d.quarter = {time} // 900000 "
               f"WHERE {' AND '.join(where)} GROUP BY {by}")
        for row in db.execute(sql, bound).fetchall():
            n = len(case["group_by"])
            groups[row[:n]].append(row[n:])

    count = lambda condition: f"count(*) FILTER (WHERE {condition})"
    person = "NOT c.is_bot AND NOT c.is_second_step"
    statement(of_click, "clicks AS c", "c.at_ms", [
        count(person), count(f"{person} AND c.is_unique"), count(f"{person} AND c.is_duplicate"),
        count("c.is_bot AND NOT c.is_second_step"), count(f"{person} AND c.landing_id <> ''"),
        count("NOT c.is_bot AND c.is_second_step AND NOT c.is_duplicate"),
        "0", "0", "0", "0", "0", "0", "0", "sum(c.cost)"], "")
    statement(of_conversion, "conversions AS v", counted, [
        "0", "0", "0", "0", "0", "0", count("v.status IN ('lead', 'sale', 'hold')"), count("v.status = 'lead'"),
        count("v.status = 'sale'"), count("v.status = 'rejected'"), count("v.status = 'hold'"),
        "coalesce(sum(v.payout) FILTER (WHERE v.status = 'sale'), 0)",
        "coalesce(sum(v.payout) FILTER (WHERE v.status IN ('lead', 'hold')), 0)", "0"],
        "LEFT JOIN clicks AS f ON v.attribution = 'click' AND f.click_id = v.click_id AND f.workspace_id = v.workspace_id "
        "AND NOT f.is_second_step")
    return groups


class Rates:
    def __init__(self, rates, base):
        self.base, self.of = base, collections.defaultdict(list)
        for rate in sorted(rates, key=lambda rate: rate["date"]):
            day = (datetime.date.fromisoformat(rate["date"]) - datetime.date(1970, 1, 1)).days
            self.of[rate["currency"]].append((day, D(rate["rate"])))

    def dollars(self, currency, day):
        if currency == "USD":
            return D(1)
        known = self.of.get(currency)
        if not known:
            return None
        return ([rate for since, rate in known if since <= day] or [known[0][1]])[-1]

    def convert(self, amount, currency, day):
        if currency in ("", self.base):
            return amount
        rate, base = self.dollars(currency, day), self.dollars(self.base, day)
        return amount * rate / base if rate and base else D(0)


def rounded(amount):
    # What 80 digits of a quotient cut off decides no half.
    amount = amount.quantize(D("1e-40"))
    return amount.quantize(D("0.000001"), rounding=decimal.ROUND_HALF_UP)


def metrics(rows, rates):
    total = {name: 0 for name in COUNTS} | {name: D(0) for name in MONEY}
    for currency, day, *sums in rows:
        for name, value in zip(COUNTS, sums):
            total[name] += value
        for name, value in zip(MONEY, sums[len(COUNTS):]):
            total[name] += rates.convert(D(value), currency, day)
    for name in MONEY:
        total[name] = rounded(total[name])
    revenue, cost, clicks, conversions = (total[name] for name in ("revenue", "cost", "clicks", "conversions"))
    total["profit"] = revenue - cost
    over = lambda part, whole: None if not whole else D(part) / D(whole)
    for name, share in (("roi", over(revenue - cost, cost)), ("lp_ctr", over(total["lp_clicks"], total["lp_views"])),
                        ("cr", over(conversions, clicks))):
        total[name] = None if share is None else share * 100
    for name, each in (("epc", over(revenue, clicks)), ("cpc", over(cost, clicks)), ("cpa", over(cost, conversions))):
        total[name] = None if each is None else rounded(each)
    return total


def differences(told, expected):
    for name, value in expected.items():
        got = told.get(name, "missing")
        if value is None or got is None:
            same = value is None and got is None
        elif name in ("roi", "lp_ctr", "cr"):
            same = abs(D(repr(got)) - value) <= D("0.0001") + abs(value) * D("1e-12")
        else:
            same = D(str(got)) == value
        if not same:
            yield f"{name}: told {got}, reference {value}"


def main(directory):
    data = json.loads((pathlib.Path(directory) / "cases.json").read_text())
    db, wrong, compared, answers = load(directory), [], 0, 0
    rates = Rates(data["rates"], data["currency"])
    for case in data["cases"]:
        groups = added_up(db, case, data["workspace"])
        expected = {key: metrics(rows, rates) for key, rows in groups.items()}
        whole = metrics([row for rows in groups.values() for row in rows], rates)
        for read_from, answer in case["answers"].items():
            answers += 1
            name = f"{case['query']} read_from={read_from} ({answer['read_from']})"
            rows = {tuple(row[d] for d in case["group_by"]): row for row in answer["rows"]}
            if case["group_by"] and (set(rows) != set(expected) or len(answer["rows"]) != len(rows)):
                wrong.append(f"{name}: groups differ: {sorted(set(rows) ^ set(expected))[:5]}")
                continue
            for key, row in rows.items() if case["group_by"] else ():
                wrong += [f"{name} {key} {text}" for text in differences(row, expected[key])]
            wrong += [f"{name} totals {text}" for text in differences(answer["totals"], whole)]
            compared += 1 + len(rows)
    print(f"{answers} answers of {len(data['cases'])} questions, {compared} rows compared, {len(wrong)} differ")
    for text in wrong[:20]:
        print(text)
    return bool(wrong) or compared == 0


sys.exit(main(sys.argv[1]))
