//! Sign-in, users, members and workspaces.

mod atomic;
mod delivery;
mod membership;
mod receivers;
mod settings;

use mongodb::bson::{DateTime, Document, doc};
use reqwest::Method;
use serde_json::{Value, json};
use traffoflex_local::stack::ADMIN_EMAIL;

use crate::world::World;

/// A code that is not this one.
fn other_than(code: &str) -> String {
    if code == "000000" { "000001".to_owned() } else { "000000".to_owned() }
}

async fn code_of(world: &World, email: &str) -> String {
    let requested = world.request_otp(email).await;
    assert_eq!((requested.status, &requested.body["sent"]), (200, &json!(true)), "{}", requested.body);
    requested.body["otp"].as_str().unwrap().to_owned()
}

/// As if so much time had passed since the address's code was made.
async fn age(world: &World, email: &str, ms: i64) {
    let codes = world.mongo().await.collection::<Document>("otp_codes");
    let code = codes.find_one(doc! { "_id": email }).await.unwrap().expect("a code");
    let mut set = Document::new();
    for field in ["issued_at", "expires_at", "blocked_until"] {
        let at = code.get_datetime(field).unwrap().timestamp_millis();
        set.insert(field, DateTime::from_millis(at - ms));
    }
    codes.update_one(doc! { "_id": email }, doc! { "$set": set }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_administrator_signs_in_and_out() {
    let world = World::start().await;
    assert_eq!(world.open("/api/auth/logout", json!({})).await.status, 401);
    let requested = world.request_otp(&format!("  {} ", ADMIN_EMAIL.to_uppercase())).await;
    assert_eq!(requested.status, 200, "{}", requested.body);
    let code = requested.body["otp"].as_str().unwrap();
    assert!(code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()), "{code}");
    let stored = world.mongo().await.collection::<Document>("otp_codes");
    let stored = stored.find_one(doc! { "_id": ADMIN_EMAIL }).await.unwrap().unwrap();
    assert_eq!(stored.get_binary_generic("hash").unwrap().len(), 32);
    assert!(!stored.to_string().contains(code), "not in clear: {stored}");

    let verified = world.verify_otp(ADMIN_EMAIL, code).await;
    assert_eq!((verified.status, &verified.body["status"]), (200, &json!("active")), "{}", verified.body);
    assert_eq!(verified.headers["cache-control"], "no-store");
    let token = verified.body["token"].as_str().unwrap();
    let call = async |method: Method, path: &str| world.call_as(method, path, None, token).await;
    let me = call(Method::GET, "/api/me").await.body;
    assert_eq!(me["user"]["email"], ADMIN_EMAIL);
    assert_eq!(
        (&me["status"], &me["role"], &me["masks_money"]),
        (&json!("active"), &json!("owner"), &json!(false))
    );
    assert_eq!(
        (&me["is_installation_admin"], &me["workspace"]["name"]),
        (&json!(true), &json!("Default")),
        "{me}"
    );
    assert_eq!(me["workspaces"], json!([me["workspace"]]));
    assert_eq!(me["permissions"].as_array().unwrap().len(), 10);
    assert_eq!(call(Method::GET, "/api/campaigns").await.status, 200);
    let renamed = world.call_as(Method::PATCH, "/api/me", Some(json!({ "name": "Ada" })), token).await;
    assert_eq!((renamed.status, &renamed.body["user"]["name"]), (200, &json!("Ada")), "{}", renamed.body);
    let wrong =
        world.call_as(Method::PATCH, "/api/me", Some(json!({ "name": "", "email": "x" })), token).await;
    assert_eq!(wrong.fields(), ["email"]);

    assert_eq!(world.verify_otp(ADMIN_EMAIL, code).await.code(), "invalid_otp", "once");
    let second = world.admin().await;
    let sessions = world.get_as("/api/me/sessions", &second).await.body;
    assert_eq!(
        (&sessions["total"], &sessions["items"][0]["current"]),
        (&json!(2), &json!(true)),
        "{sessions}"
    );
    assert_eq!(call(Method::POST, "/api/auth/logout").await.status, 204);
    for path in ["/api/me", "/api/campaigns"] {
        let refused = call(Method::GET, path).await;
        assert_eq!((refused.status, refused.code()), (401, "unauthorized"), "{path}");
    }
    assert_eq!(world.get_as("/api/me", &second).await.status, 200, "the other session stays");

    let third = world.admin().await;
    let others = world.call_as(Method::DELETE, "/api/me/sessions", None, &third.token).await;
    assert_eq!((others.status, world.get_as("/api/me", &second).await.status), (204, 401));
    let listed = world.get_as("/api/me/sessions", &third).await.body;
    let path = format!("/api/me/sessions/{}", listed["items"][0]["id"].as_str().unwrap());
    assert_eq!(world.call_as(Method::DELETE, "/api/me/sessions/nope", None, &third.token).await.status, 404);
    assert_eq!(world.call_as(Method::DELETE, &path, None, &third.token).await.status, 204);
    assert_eq!(world.get_as("/api/me", &third).await.status, 401);

    let entries = world.mongo().await.collection::<Document>("audit_log");
    let own = doc! { "resource": "users", "actor.name": ADMIN_EMAIL };
    let whats = entries.distinct("what", own).await.unwrap();
    let whats: Vec<&str> = whats.iter().filter_map(|what| what.as_str()).collect();
    for what in ["signed in", "signed out", "signed out everywhere else", "ended a session"] {
        assert!(whats.contains(&what), "{what} in {whats:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_code_while_one_is_valid() {
    let world = World::start().await;
    let email = "ann@people.example";
    let first = world.request_otp(email).await.body;
    let again = world.request_otp(email).await;
    assert_eq!((again.status, &again.body["sent"], again.body.get("otp")), (200, &json!(false), None));
    assert_eq!(again.body["expires_at"], first["expires_at"]);
    assert_eq!(again.body["next_request_at"], first["next_request_at"]);
    // Past the limit of a minute, and still valid.
    age(&world, email, 120_000).await;
    assert_eq!(world.request_otp(email).await.body["sent"], json!(false));
    age(&world, email, 480_001).await;
    let code = first["otp"].as_str().unwrap();
    assert_eq!(world.verify_otp(email, code).await.code(), "invalid_otp", "after 600 s");
    let second = code_of(&world, email).await;
    assert_eq!(world.verify_otp(email, &second).await.status, 200);
    // A code that was used lifts the limit; and both kinds of address are answered alike.
    let known = world.request_otp(email).await;
    let unknown = world.request_otp("nobody@people.example").await;
    let names = |body: &Value| body.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!((known.status, names(&known.body)), (unknown.status, names(&unknown.body)));

    for (bad, field) in [
        (json!({ "email": "no address" }), "email"),
        (json!({ "email": "a@b.example\nBcc: c@d.example" }), "email"),
        (json!({}), "email"),
        (json!({ "email": "a@b.example", "x": 1 }), "x"),
    ] {
        let refused = world.open("/api/auth/request-otp", bad).await;
        assert_eq!((refused.status, refused.fields()), (400, vec![field]), "{}", refused.body);
    }
    let refused = world.verify_otp(email, "12345").await;
    assert_eq!((refused.status, refused.fields()), (400, vec!["code"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_attempts_end_a_code() {
    let world = World::start().await;
    let email = "ann@people.example";
    let code = code_of(&world, email).await;
    for attempt in 1..=5 {
        let refused = world.verify_otp(email, &other_than(&code)).await;
        assert_eq!((refused.status, refused.code()), (401, "invalid_otp"), "attempt {attempt}");
    }
    assert_eq!(world.verify_otp(email, &code).await.code(), "invalid_otp", "dead");
    // A dead code is not replaced before its end, and each one doubles the wait.
    age(&world, email, 540_000).await;
    assert_eq!(world.request_otp(email).await.body["sent"], json!(false), "as long as it would have lived");
    age(&world, email, 60_001).await;
    let mut fresh = code_of(&world, email).await;
    for wait_ms in [1_200_000, 2_400_000] {
        // Nor does it help to leave a code alive.
        for _ in 1..=5 {
            assert_eq!(world.verify_otp(email, &other_than(&fresh)).await.status, 401);
        }
        age(&world, email, wait_ms - 60_000).await;
        assert_eq!(world.request_otp(email).await.body["sent"], json!(false), "{wait_ms}");
        age(&world, email, 60_001).await;
        fresh = code_of(&world, email).await;
    }
    for _ in 1..=4 {
        assert_eq!(world.verify_otp(email, &other_than(&fresh)).await.status, 401);
    }
    assert_eq!(world.verify_otp(email, &fresh).await.status, 200, "the fifth may be the right one");
    // The right one ends it; four attempts at each of several codes are remembered all the same.
    for waits_ms in [600_000, 600_000, 1_200_000] {
        let code = code_of(&world, email).await;
        for _ in 1..=4 {
            assert_eq!(world.verify_otp(email, &other_than(&code)).await.status, 401);
        }
        age(&world, email, waits_ms - 60_000).await;
        assert_eq!(world.request_otp(email).await.body["sent"], json!(false), "{waits_ms}");
        age(&world, email, 60_001).await;
    }
    let elsewhere = code_of(&world, "bob@people.example").await;
    code_of(&world, email).await;
    assert_eq!(world.verify_otp(email, &elsewhere).await.status, 401, "a code is of its address");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_session_a_code_whoever_is_first() {
    let world = World::start().await;
    let email = "ann@people.example";
    let requests = (0..8).map(|_| world.request_otp(email));
    let codes: Vec<String> = futures_util::future::join_all(requests)
        .await
        .iter()
        .filter_map(|answer| answer.body["otp"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(codes.len(), 1, "one code for requests at once");
    let verifies = (0..5).map(|_| world.verify_otp(email, &codes[0]));
    let mut statuses: Vec<u16> =
        futures_util::future::join_all(verifies).await.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401, 401, 401, 401]);
    let database = world.mongo().await;
    for collection in ["sessions", "users"] {
        let count = database.collection::<Document>(collection).count_documents(doc! {}).await.unwrap();
        assert_eq!(count, 1, "{collection}");
    }
    // Attempts at once are no more than five either.
    let code = code_of(&world, "bob@people.example").await;
    let wrong = other_than(&code);
    let guesses = (0..20).map(|_| world.verify_otp("bob@people.example", &wrong));
    assert!(futures_util::future::join_all(guesses).await.iter().all(|answer| answer.status == 401));
    assert_eq!(world.verify_otp("bob@people.example", &code).await.status, 401);
    let codes = database.collection::<Document>("otp_codes");
    let left = codes.find_one(doc! { "_id": "bob@people.example" }).await.unwrap().unwrap();
    assert_eq!(left.get_i32("attempts").unwrap(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_waits_until_somebody_approves() {
    let world = World::start().await;
    let admin = world.admin().await;
    let stranger = world.sign_in("eve@people.example").await;
    let me = world.get_as("/api/me", &stranger).await;
    assert_eq!((me.status, &me.body["status"]), (200, &json!("pending_approval")), "{}", me.body);
    assert_eq!((&me.body["workspaces"], &me.body["permissions"]), (&json!([]), &json!([])));
    for path in ["/api/campaigns", "/api/workspaces", "/api/users", "/api/reports/overview", "/api/nowhere"] {
        let refused = world.get_as(path, &stranger).await;
        let expected = if path == "/api/nowhere" { (404, "not_found") } else { (403, "pending_approval") };
        assert_eq!((refused.status, refused.code()), expected, "{path}");
    }
    let refused =
        world.post_as("/api/workspaces", json!({ "name": "X", "currency": "USD" }), &stranger).await;
    assert_eq!(refused.code(), "pending_approval");

    let owner = world.member("owner", None).await;
    let path = format!("/api/users/{}", stranger.id);
    assert_eq!(world.get_as(&path, &owner).await.status, 404, "strangers are the installation's");
    assert_eq!(world.post_as(&format!("{path}/approve"), json!({}), &owner).await.status, 404);
    assert_eq!(world.get_as("/api/users?status=pending_approval", &owner).await.body["total"], json!(0));
    let waiting = world.get_as("/api/users?status=pending_approval&q=EVE", &admin).await.body;
    assert_eq!(
        (&waiting["total"], &waiting["items"][0]["id"]),
        (&json!(1), &json!(stranger.id)),
        "{waiting}"
    );

    let wrong = json!({ "role": "king" });
    assert_eq!(world.post_as(&format!("{path}/approve"), wrong, &admin).await.fields(), ["role"]);
    let wrong = json!({ "role": "manager", "mask_money": true });
    assert_eq!(world.post_as(&format!("{path}/approve"), wrong, &admin).await.fields(), ["mask_money"]);
    // With no body at all: an analyst.
    let approved = world.call_as(Method::POST, &format!("{path}/approve"), None, &admin.token).await;
    assert_eq!(approved.status, 200, "{}", approved.body);
    assert_eq!((&approved.body["status"], &approved.body["role"]), (&json!("active"), &json!("analyst")));
    assert_eq!(world.get_as("/api/campaigns", &stranger).await.status, 200, "the same session");
    assert_eq!(world.post_as("/api/destinations", json!({}), &stranger).await.status, 403, "an analyst");
    let again = world.call_as(Method::POST, &format!("{path}/approve"), None, &admin.token).await;
    assert_eq!((again.status, again.code()), (409, "conflict"));
}

#[tokio::test(flavor = "multi_thread")]
async fn disabling_cuts_at_once() {
    let world = World::start().await;
    let admin = world.admin().await;
    let manager = world.member("manager", None).await;
    assert_eq!(world.get_as("/api/campaigns", &manager).await.status, 200);
    let path = format!("/api/users/{}", manager.id);
    let owner = world.member("owner", None).await;
    let refused = world.post_as(&format!("{path}/disable"), json!({}), &owner).await;
    assert_eq!((refused.status, refused.code()), (403, "forbidden"), "for the installation's administrator");
    let disabled = world.post_as(&format!("{path}/disable"), json!({}), &admin).await;
    assert_eq!((disabled.status, &disabled.body["status"]), (200, &json!("disabled")), "{}", disabled.body);
    assert_eq!(world.get_as("/api/me", &manager).await.status, 401);
    let code = code_of(&world, &manager.email).await;
    let refused = world.verify_otp(&manager.email, &code).await;
    assert_eq!((refused.status, refused.code()), (403, "user_disabled"));
    let enabled = world.post_as(&format!("{path}/enable"), json!({}), &admin).await;
    assert_eq!((enabled.status, &enabled.body["status"]), (200, &json!("active")), "{}", enabled.body);
    assert_eq!(world.get_as("/api/me", &manager).await.status, 401, "the sessions of before are gone");
    let back = world.sign_in(&manager.email).await;
    assert_eq!(world.get_as("/api/campaigns", &back).await.status, 200);

    let own = format!("/api/users/{}/disable", admin.id);
    assert_eq!(world.post_as(&own, json!({}), &admin).await.code(), "conflict", "never oneself");
    assert_eq!(world.post(&format!("/api/users/{}/disable", owner.id), json!({})).await.status, 200);
    let last = world.post(&own, json!({})).await;
    assert_eq!((last.status, last.code()), (409, "conflict"), "never the last active owner: {}", last.body);
    assert_eq!(world.post("/api/users/nope/disable", json!({})).await.status, 404);
    // Who waited before waits again.
    let eve = world.sign_in("eve@people.example").await;
    let path = format!("/api/users/{}", eve.id);
    assert_eq!(world.post_as(&format!("{path}/disable"), json!({}), &admin).await.status, 200);
    let approve = world.post_as(&format!("{path}/approve"), json!({}), &admin).await;
    assert_eq!(approve.code(), "conflict");
    let enabled = world.post_as(&format!("{path}/enable"), json!({}), &admin).await;
    assert_eq!(enabled.body["status"], json!("pending_approval"));
}
