//! Codes and invitations on their way: Resend and SMTP.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::json;
use traffoflex_local::stack::Stack;

use super::receivers::{ResendDouble, SmtpDouble};
use crate::world::{World, eventually};

const FROM: (&str, &str) = ("AUTH_EMAIL_FROM", "TraffoFlex <no-reply@traffoflex.example>");
const SECRET: (&str, &str) = ("AUTH_JWT_SECRET", "9f2c7a51d04be8361c5f9a7e2b8d40f6");
const GUARDED: [(&str, &str); 2] = [("AUTH_ENV", "production"), ("AUTH_DEV_RETURN_OTP", "false")];
const QUICK: (&str, &str) = ("AUTH_RESEND_RETRY_BACKOFF_MS", "1");

async fn start(way: &[(&str, &str)]) -> World {
    let settings = [&GUARDED[..], &[FROM, SECRET, QUICK], way].concat();
    let stack = Stack::start_with(false, &settings).await.unwrap();
    World { stack, client: reqwest::Client::new() }
}

/// The first six digits in a text.
fn code_in(text: &str) -> String {
    let at = text.as_bytes().windows(6).position(|six| six.iter().all(u8::is_ascii_digit)).expect("a code");
    text[at..at + 6].to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn resend_is_asked_again_with_the_same_key() {
    let (resend, url) = ResendDouble::start(&[429, 500]).await;
    let world = start(&[("AUTH_RESEND_API_URL", &url), ("AUTH_RESEND_API_KEY", "re_key_1")]).await;
    let requested = world.request_otp("ann@people.example").await;
    assert_eq!((requested.status, requested.body.get("otp")), (200, None), "{}", requested.body);
    let got = resend.take();
    assert_eq!(got.len(), 3);
    let key = |i: usize| got[i].0["idempotency-key"].to_str().unwrap().to_owned();
    assert!(!key(0).is_empty() && key(0) == key(1) && key(1) == key(2));
    let (headers, body) = &got[2];
    assert_eq!(headers["authorization"], "Bearer re_key_1");
    assert_eq!((&body["to"], &body["from"]), (&json!(["ann@people.example"]), &json!(FROM.1)), "{body}");
    let code = code_in(body["text"].as_str().unwrap());
    assert!(body["subject"].as_str().unwrap().contains(&code));
    let signed_in = world.verify_otp("ann@people.example", &code).await;
    assert_eq!((signed_in.status, &signed_in.body["status"]), (200, &json!("pending_approval")));

    // Another mail has another key; what Resend refuses is not asked again, and a code that nobody got is none.
    resend.answer(&[422]);
    let refused = world.request_otp("bob@people.example").await;
    assert_eq!((refused.status, refused.code()), (503, "mail_unavailable"), "{}", refused.body);
    let once = resend.take();
    assert_eq!(once.len(), 1);
    assert_ne!(once[0].0["idempotency-key"], key(0).as_str());
    let mail_state = async || {
        let answer = world.client.get(world.url("/readyz")).send().await.unwrap();
        assert_eq!(answer.status(), 200, "mail alone makes nothing unready");
        let body: serde_json::Value = answer.json().await.unwrap();
        body["dependencies"].get("mail").cloned()
    };
    assert_eq!(mail_state().await, None, "one mail was wrong, not the delivery");
    resend.answer(&[500; 3]);
    assert_eq!(world.request_otp("eve@people.example").await.status, 503);
    assert_eq!(resend.take().len(), 3, "AUTH_RESEND_MAX_ATTEMPTS");
    assert_eq!(mail_state().await, Some(json!({ "state": "failing", "required": false })));
    assert_eq!(world.request_otp("bob@people.example").await.body["sent"], json!(true), "at once");
    assert_eq!((resend.take().len(), mail_state().await), (1, None));

    let invitation = json!({ "email": "new@people.example", "role": "manager" });
    let invited = world.post("/api/members", invitation).await;
    assert_eq!((invited.status, &invited.body["mail_sent"]), (201, &json!(true)), "{}", invited.body);
    let (_, body) = resend.take().remove(0);
    let text = body["text"].as_str().unwrap();
    assert!(
        body["to"][0] == "new@people.example" && text.contains("Default") && text.contains("manager"),
        "{body}"
    );
    let log = world.stack.api().unwrap().log();
    assert!(!log.contains("re_key_1") && !log.contains("people.example") && !log.contains(&code), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_smtp_server_takes_the_mail() {
    let (smtp, url) = SmtpDouble::start(&[451]).await;
    let world = start(&[("AUTH_SMTP_URL", &url)]).await;
    let requested = world.request_otp("ann@people.example").await;
    assert_eq!(requested.status, 200, "{}", requested.body);
    assert_eq!(smtp.connections(), 2, "once more after a transient refusal");
    let got = smtp.take();
    assert_eq!(got.len(), 1, "{got:?}");
    let mail = &got[0];
    assert!(mail.to.contains("<ann@people.example>"), "{mail:?}");
    assert!(mail.from.contains("<no-reply@traffoflex.example>"), "{mail:?}");
    let credentials = mail.credentials.strip_prefix("PLAIN ").unwrap();
    assert_eq!(BASE64_STANDARD.decode(credentials).unwrap(), b"\0mailer\0pass word");
    let subject = mail.text.lines().find(|line| line.starts_with("Subject: ")).unwrap();
    assert!(mail.text.contains("Message-ID: <") && mail.text.contains("Date: "), "{mail:?}");
    let signed_in = world.verify_otp("ann@people.example", &code_in(subject)).await;
    assert_eq!(signed_in.status, 200, "{}", signed_in.body);
    smtp.refuse(&[550]);
    let refused = world.request_otp("bob@people.example").await;
    assert_eq!((refused.status, refused.code()), (503, "mail_unavailable"));
    assert_eq!((smtp.connections(), smtp.take().len()), (3, 0), "a permanent refusal stays one");
    let log = world.stack.api().unwrap().log();
    assert!(log.contains("the server answered 550") && !log.contains("people.example"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_takes_no_code_with_it() {
    let (resend, url) = ResendDouble::start(&[500]).await;
    let way = [
        ("AUTH_RESEND_API_URL", url.as_str()),
        ("AUTH_RESEND_API_KEY", "re_key_1"),
        ("AUTH_RESEND_RETRY_BACKOFF_MS", "1000"),
    ];
    let world = start(&way).await;
    let email = "ann@people.example";
    tokio::select! {
        answer = world.request_otp(email) => panic!("{}", answer.body),
        // Gone between the first attempt to send and the second.
        () = eventually("the first attempt", async || resend.seen() == 1) => {}
    }
    eventually("the second attempt", async || resend.seen() == 2).await;
    let code = code_in(resend.take()[1].1["text"].as_str().unwrap());
    assert_eq!(world.verify_otp(email, &code).await.status, 200);
    // Where nobody gets it, another one may be asked for.
    resend.answer(&[500, 422]);
    tokio::select! {
        answer = world.request_otp(email) => panic!("{}", answer.body),
        () = eventually("the first attempt", async || resend.seen() == 1) => {}
    }
    eventually("another code", async || {
        let again = world.request_otp(email).await;
        again.body["sent"] == true
    })
    .await;
}
