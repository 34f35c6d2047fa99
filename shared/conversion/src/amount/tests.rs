use proptest::prelude::*;

use super::*;

fn value(text: &str) -> Result<String, AmountError> {
    parse(text).map(|amount| amount.value.to_string())
}

#[test]
fn amounts_as_networks_write_them() {
    let table = [
        ("0", "0"),
        ("12", "12"),
        ("12.50", "12.5"),
        ("12,50", "12.5"),
        ("1,234.50", "1234.5"),
        ("1.234,50", "1234.5"),
        ("1 234,5", "1234.5"),
        ("1\u{a0}234\u{a0}567.25", "1234567.25"),
        ("1\u{202f}234,5", "1234.5"),
        ("1'234.50", "1234.5"),
        ("1\u{2019}234.50", "1234.5"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("1,234,567.891", "1234567.891"),
        // One separator, once: the decimal one.
        ("1,234", "1.234"),
        ("1.234", "1.234"),
        (".5", "0.5"),
        ("5.", "5"),
        ("+5", "5"),
        (" 7.10 ", "7.1"),
        ("$12.50", "12.5"),
        ("12,50 €", "12.5"),
        ("USD 12.50", "12.5"),
        ("12.50eur", "12.5"),
        ("$ 1,000.00 USD", "1000"),
        ("000012.30", "12.3"),
        ("0.000001", "0.000001"),
        ("123456789012.123456", "123456789012.123456"),
        ("0.10000000000000000000000000000000", "0.1"),
    ];
    for (text, expected) in table {
        assert_eq!(value(text).as_deref(), Ok(expected), "{text:?}");
    }
}

#[test]
fn what_is_no_amount() {
    let not = [
        "",
        " ",
        "$",
        "USD",
        "abc",
        "12a",
        "1e3",
        "0x10",
        "NaN",
        "inf",
        "1,23,456",
        "1,2345,678",
        ",",
        ".",
        "1..2",
        "1,234.5.6",
        "1 23",
        "12 3456",
        "1'234,567'890",
        "1.234,567.8",
        "12 345.67.8",
        "٣",
        "12%",
        "$$5",
        "5-",
        "1234,567.5",
        "null",
        "XXQ 5",
    ];
    for text in not {
        let found = value(text);
        assert!(matches!(found, Err(AmountError::NotANumber)), "{text:?} is {found:?}");
    }
    for text in ["-5", "-0.01", "\u{2212}5", "(5.00)", "-$5", "$-5", "- 5"] {
        assert_eq!(value(text), Err(AmountError::Negative), "{text:?}");
    }
    assert_eq!(value("1234567890123456789"), Err(AmountError::TooManyDigits));
    assert_eq!(value("0.1234567890123456789"), Err(AmountError::TooManyDigits));
    assert_eq!(value(&"9".repeat(2000)), Err(AmountError::TooManyDigits));
}

#[test]
fn a_currency_beside_the_amount_is_told() {
    let named = |text: &str| parse(text).unwrap().currency.map(|code| code.to_string());
    assert_eq!(named("12 EUR").as_deref(), Some("EUR"));
    assert_eq!(named("gbp12").as_deref(), Some("GBP"));
    assert_eq!(named("€12").as_deref(), Some("EUR"));
    assert_eq!(named("CAD $12").as_deref(), Some("CAD"));
    // Dollars are of many countries.
    assert_eq!(named("$12"), None);
    assert_eq!(named("12"), None);
    assert_eq!(currency("usd"), Some(Currency::USD));
    for unknown in ["XXQ", "XXX", "xts", "US", "BITCOIN", "", "U1D"] {
        assert_eq!(currency(unknown), None, "{unknown:?}");
    }
}

#[test]
fn the_factor_and_the_scale() {
    let scaled = |value: &str, factor: &str| {
        scaled(value.parse().unwrap(), factor.parse().unwrap()).map(|value| value.to_string())
    };
    assert_eq!(scaled("1250", "0.01").as_deref(), Ok("12.5"));
    assert_eq!(scaled("0.0000005", "1").as_deref(), Ok("0.000001"));
    assert_eq!(scaled("0.0000004", "1").as_deref(), Ok("0"));
    assert_eq!(scaled("999999999999.999999", "1").as_deref(), Ok("999999999999.999999"));
    assert_eq!(scaled("999999999999.9999995", "1"), Err(AmountError::TooLarge));
    assert_eq!(scaled("999999999999999999", "99999999999999999"), Err(AmountError::TooLarge));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,40}|[0-9., '$€+-]{0,30}|[\\x00-\\x7f]{0,30}") {
        if let Ok(amount) = parse(&text) {
            prop_assert!(amount.value >= Decimal::ZERO);
            prop_assert!(amount.value.scale() <= 18);
        }
    }

    /// Whatever way an amount is written, it is read as what it is.
    #[test]
    fn every_way_to_write_an_amount_is_read(whole in 0_u64..1_000_000_000_000, cents in 0_u32..100, style in 0_usize..7) {
        let expected = Decimal::new(whole as i64, 0) + Decimal::new(i64::from(cents), 2);
        let (group, point) = [("", "."), ("", ","), (",", "."), (".", ","), (" ", ","), ("'", "."), ("\u{a0}", ",")][style];
        let digits = whole.to_string();
        let mut grouped = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at) % 3 == 0 {
                grouped.push_str(group);
            }
            grouped.push(digit);
        }
        let text = format!("{grouped}{point}{cents:02}");
        prop_assert_eq!(parse(&text).unwrap().value, expected, "{}", text);
    }
}
