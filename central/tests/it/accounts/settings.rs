//! What api-service refuses to start with, and a secret that changes.

use serde_json::json;
use traffoflex_local::stack::Stack;

use crate::world::World;

/// Asserts that api-service does not start with these settings, and says why.
async fn refuses(world: &mut World, settings: &[(&str, &str)], why: &str) {
    for (variable, value) in settings {
        world.stack.set_for_api(variable, value).unwrap();
    }
    let error = world.stack.start_api().await.expect_err(why);
    assert!(format!("{error:#}").contains(why), "{error:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn unsafe_settings_are_refused_at_start() {
    let mut world = World::start().await;
    world.stack.stop_api().await.unwrap();
    refuses(&mut world, &[("AUTH_ENV", "production")], "AUTH_DEV_RETURN_OTP=true").await;
    let strong = "9f2c7a51d04be8361c5f9a7e2b8d40f6";
    let weak = [("AUTH_DEV_RETURN_OTP", "false"), ("AUTH_JWT_SECRET", "changeme-changeme-changeme-changeme")];
    refuses(&mut world, &weak, "AUTH_JWT_SECRET is too weak").await;
    refuses(&mut world, &[("AUTH_JWT_SECRET", "")], "AUTH_JWT_SECRET is not set").await;
    refuses(&mut world, &[("AUTH_JWT_SECRET", strong)], "AUTH_RESEND_API_KEY or AUTH_SMTP_URL").await;
    let key = ("AUTH_RESEND_API_KEY", "re_test_key");
    refuses(&mut world, &[key], "AUTH_EMAIL_FROM").await;
    let both = [("AUTH_EMAIL_FROM", "TraffoFlex <no-reply@example.com>"), ("AUTH_SMTP_URL", "smtp://h:25")];
    refuses(&mut world, &both, "mail goes one way").await;
    refuses(&mut world, &[("AUTH_SMTP_URL", ""), ("AUTH_ADMIN_EMAIL", "nobody")], "AUTH_ADMIN_EMAIL").await;
    refuses(
        &mut world,
        &[("AUTH_ADMIN_EMAIL", "admin@example.com"), ("AUTH_JWT_PREVIOUS_SECRETS", "short")],
        "AUTH_JWT_PREVIOUS_SECRETS is too weak",
    )
    .await;
    world.stack.set_for_api("AUTH_JWT_PREVIOUS_SECRETS", "").unwrap();
    world.stack.start_api().await.unwrap();
    // Codes stay out of answers; Resend's address of the default is not called by a request that is refused.
    let refused = world.request_otp("no address").await;
    assert_eq!((refused.status, refused.fields()), (400, vec!["email"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_secret_ends_sessions_only_when_it_is_taken_away() {
    let mut world = World::start().await;
    let old = world.stack.variable("AUTH_JWT_SECRET").to_owned();
    let admin = world.admin().await;
    let restart = async |world: &mut World, previous: &str| {
        world.stack.stop_api().await.unwrap();
        world.stack.set_for_api("AUTH_JWT_SECRET", "another-secret-4mZq8Wc1Xv7Lr2Tb").unwrap();
        world.stack.set_for_api("AUTH_JWT_PREVIOUS_SECRETS", previous).unwrap();
        world.stack.start_api().await.unwrap();
    };
    restart(&mut world, &format!("something-older, {old}")).await;
    assert_eq!(world.get_as("/api/me", &admin).await.status, 200, "signed before");
    let fresh = world.admin().await;
    assert_eq!(world.get_as("/api/me", &fresh).await.status, 200);
    restart(&mut world, "").await;
    assert_eq!(world.get_as("/api/me", &admin).await.status, 401);
    assert_eq!(world.get_as("/api/me", &fresh).await.status, 200);
    let foreign = fresh.token.rsplit_once('.').unwrap().0.to_owned() + ".AAAA";
    assert_eq!(world.call_as(reqwest::Method::GET, "/api/me", None, &foreign).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_live_as_long_as_they_are_told_to() {
    let settings = [("AUTH_OTP_TTL_MINUTES", "2"), ("AUTH_SESSION_TTL_HOURS", "1")];
    let stack = Stack::start_with(false, &settings).await.unwrap();
    let mut world = World { stack, client: reqwest::Client::new() };
    let at = |value: &serde_json::Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let seconds_from_now =
        |value: &serde_json::Value| (at(value) - jiff::Timestamp::now()).total(jiff::Unit::Second);
    let within = |seconds: f64, full: f64| seconds > full - 60.0 && seconds <= full;
    let minutes = world.request_otp("ann@people.example").await.body;
    assert!(within(seconds_from_now(&minutes["expires_at"]).unwrap(), 120.0), "{minutes}");
    let code = minutes["otp"].as_str().unwrap();
    let session = world.verify_otp("ann@people.example", code).await.body;
    assert!(within(seconds_from_now(&session["expires_at"]).unwrap(), 3600.0), "{session}");
    world.stack.stop_api().await.unwrap();
    world.stack.set_for_api("AUTH_OTP_TTL_SECONDS", "1").unwrap();
    world.stack.set_for_api("AUTH_OTP_RATE_LIMIT_MINUTES", "0").unwrap();
    world.stack.start_api().await.unwrap();
    let first = world.request_otp("ann@people.example").await.body;
    assert_eq!(first["next_request_at"], first["expires_at"]);
    crate::world::eventually("another code after a second", async || {
        world.request_otp("ann@people.example").await.body["sent"] == json!(true)
    })
    .await;
    let code = first["otp"].as_str().unwrap();
    assert_eq!(world.verify_otp("ann@people.example", code).await.code(), "invalid_otp", "expired");
}
