//! `/api/members` and `/api/workspaces`

use mongodb::bson::{Document, doc};
use reqwest::Method;
use serde_json::{Value, json};
use traffoflex_local::stack::BOOTSTRAP_TOKEN;

use crate::world::{World, people::Person};

async fn write(world: &World, method: Method, id: &str, body: Option<Value>, as_: &Person) -> (u16, String) {
    let answer = world.call_as(method, &format!("/api/members/{id}"), body, &as_.token).await;
    (answer.status, answer.code().to_owned())
}

fn code(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn members_are_invited_changed_and_removed() {
    let world = World::start().await;
    let admin = world.member("admin", None).await;
    let body = json!({ "email": " Ann@People.example", "role": "analyst", "mask_money": true });
    let invited = world.post_as("/api/members", body.clone(), &admin).await;
    assert_eq!(invited.status, 201, "{}", invited.body);
    assert_eq!((&invited.body["status"], &invited.body["mail_sent"]), (&json!("invited"), &json!(false)));
    assert_eq!(invited.body["email"], "ann@people.example");
    assert_eq!(world.post_as("/api/members", body, &admin).await.code(), "conflict", "once");
    let wrong = json!({ "email": "nobody", "role": "king" });
    assert_eq!(world.post_as("/api/members", wrong, &admin).await.fields(), ["email", "role"]);
    let ann = world.sign_in("ann@people.example").await;
    let me = world.get_as("/api/me", &ann).await.body;
    assert_eq!((&me["status"], &me["masks_money"]), (&json!("active"), &json!(true)), "{me}");
    assert_eq!(me["permissions"], json!(["config:read", "reports:read", "logs:read"]));
    assert_eq!(world.get_as("/api/members", &ann).await.status, 403);

    let path = format!("/api/members/{}", ann.id);
    let refused = json!({ "role": "manager", "mask_money": true });
    let refused = world.call_as(Method::PATCH, &path, Some(refused), &admin.token).await;
    assert_eq!(refused.fields(), ["mask_money"]);
    let patched = world.call_as(Method::PATCH, &path, Some(json!({ "role": "manager" })), &admin.token).await;
    assert_eq!((&patched.body["role"], &patched.body["mask_money"]), (&json!("manager"), &json!(false)));
    let made = json!({ "name": "x", "url": "https://x.example/" });
    assert_eq!(world.post_as("/api/destinations", made, &ann).await.status, 201, "from the next request on");
    let listed = world.get_as("/api/members?q=ANN", &admin).await.body;
    assert_eq!((&listed["total"], &listed["items"][0]["id"]), (&json!(1), &json!(ann.id)), "{listed}");
    assert_eq!(world.get_as("/api/members?q=.*", &admin).await.body["total"], json!(0), "no pattern");
    assert_eq!(world.get_as("/api/members?q=$email", &admin).await.body["total"], json!(0), "no field");
    assert_eq!(world.get_as("/api/members?limit=1", &admin).await.body["items"].as_array().unwrap().len(), 1);
    assert_eq!(world.get_as("/api/members?status=nope", &admin).await.fields(), ["status"]);
    assert_eq!(world.get_as("/api/members?nope=1", &admin).await.status, 400);

    assert_eq!(write(&world, Method::DELETE, &ann.id, None, &admin).await.0, 204);
    assert_eq!(write(&world, Method::GET, &ann.id, None, &admin).await.0, 404);
    assert_eq!(world.get_as("/api/campaigns", &ann).await.status, 403, "signed in, and nowhere");
    assert_eq!(world.get_as("/api/me", &ann).await.body["workspaces"], json!([]));
    // One who never signed in leaves nothing behind that would let them in later.
    let body = json!({ "email": "bob@people.example", "role": "analyst" });
    let bob = world.post_as("/api/members", body, &admin).await;
    assert_eq!(write(&world, Method::DELETE, bob.id(), None, &admin).await.0, 204);
    let bob = world.sign_in("bob@people.example").await;
    assert_eq!(world.get_as("/api/me", &bob).await.body["status"], json!("pending_approval"));
    // Nor one whose membership a crash kept from being written.
    let body = json!({ "email": "joe@people.example", "role": "analyst" });
    let joe = world.post_as("/api/members", body, &admin).await.id().to_owned();
    let memberships = world.mongo().await.collection::<Document>("memberships");
    memberships.delete_one(doc! { "user_id": &joe }).await.unwrap();
    let joe = world.sign_in("joe@people.example").await;
    assert_eq!(world.get_as("/api/me", &joe).await.body["status"], json!("pending_approval"));
    // An invitation lets in who waits.
    let body = json!({ "email": "joe@people.example", "role": "analyst" });
    assert_eq!(world.post_as("/api/members", body, &admin).await.body["status"], json!("active"));
    assert_eq!(world.get_as("/api/campaigns", &joe).await.status, 200);

    // Whoever manages members may approve those whom they invited.
    let body = json!({ "email": "kim@people.example", "role": "manager" });
    let kim = world.post_as("/api/members", body, &admin).await;
    let approved = world.post_as(&format!("/api/users/{}/approve", kim.id()), json!({}), &admin).await;
    assert_eq!((&approved.body["status"], &approved.body["role"]), (&json!("active"), &json!("manager")));

    let entries = world.mongo().await.collection::<Document>("audit_log");
    let own = doc! { "resource": "members", "resource_id": &ann.id, "actor.id": &admin.id };
    let actions = entries.distinct("action", own.clone()).await.unwrap();
    assert_eq!(actions.len(), 3, "created, updated, deleted: {actions:?}");
    let mut updated = own;
    updated.insert("action", "updated");
    let updated = entries.find_one(updated).await.unwrap().unwrap();
    let role = |field: &str| updated.get_document(field).unwrap().get_str("role").unwrap().to_owned();
    assert_eq!((role("before"), role("after")), ("analyst".to_owned(), "manager".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_are_for_owners_and_one_stays() {
    let world = World::start().await;
    let (owner, admin) = (world.member("owner", None).await, world.member("admin", None).await);
    let other = world.member("manager", None).await;
    let forbidden = code(403, "forbidden");
    let owner_role = || Some(json!({ "role": "owner" }));
    let analyst = || Some(json!({ "role": "analyst" }));
    assert_eq!(write(&world, Method::PATCH, &other.id, owner_role(), &admin).await, forbidden);
    assert_eq!(write(&world, Method::PATCH, &admin.id, owner_role(), &admin).await, forbidden);
    assert_eq!(write(&world, Method::PATCH, &owner.id, analyst(), &admin).await, forbidden);
    assert_eq!(write(&world, Method::DELETE, &owner.id, None, &admin).await, forbidden);
    let invitation = json!({ "email": "new@people.example", "role": "owner" });
    assert_eq!(world.post_as("/api/members", invitation.clone(), &admin).await.code(), "forbidden");

    assert_eq!(write(&world, Method::PATCH, &owner.id, analyst(), &owner).await, code(409, "conflict"));
    assert_eq!(write(&world, Method::DELETE, &owner.id, None, &owner).await, code(409, "conflict"));
    // One who was only invited is no owner that could sign in.
    assert_eq!(world.post_as("/api/members", invitation, &owner).await.status, 201);
    assert_eq!(write(&world, Method::DELETE, &owner.id, None, &owner).await, code(409, "conflict"));
    let disable = format!("/api/users/{}/disable", owner.id);
    assert_eq!(world.post(&disable, json!({})).await.code(), "conflict");

    // Two owners who take each other's place away at once: one is left.
    assert_eq!(write(&world, Method::PATCH, &other.id, owner_role(), &owner).await.0, 200);
    let (one, two) = tokio::join!(
        write(&world, Method::PATCH, &other.id, analyst(), &owner),
        write(&world, Method::PATCH, &owner.id, analyst(), &other),
    );
    let won = [&one, &two].into_iter().filter(|(status, _)| *status == 200).count();
    assert_eq!(won, 1, "{one:?} {two:?}");
    let listed = world.get("/api/members?status=active").await.body;
    let owners =
        listed["items"].as_array().unwrap().iter().filter(|member| member["role"] == "owner").count();
    assert_eq!(owners, 1, "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_makes_anybody_what_they_are_not() {
    let world = World::start().await;
    let key = async |scopes: Value, mask_money: bool| {
        let body = json!({ "name": "k", "scopes": scopes, "mask_money": mask_money });
        world.post("/api/api-keys", body).await.body["secret"].as_str().unwrap().to_owned()
    };
    let analysts = json!(["members:manage", "config:read", "reports:read", "logs:read"]);
    let (alone, few, masked) = (
        key(json!(["members:manage"]), false).await,
        key(analysts.clone(), false).await,
        key(analysts, true).await,
    );
    let invite = async |secret: &str, role: &str, mask_money: bool| {
        let email = format!("p-{:016x}@people.example", fastrand::u64(..));
        let body = json!({ "email": email, "role": role, "mask_money": mask_money });
        world.call_as(Method::POST, "/api/members", Some(body), secret).await.status
    };
    for role in ["analyst", "manager", "admin", "owner"] {
        assert_eq!(invite(&alone, role, false).await, 403, "{role}");
    }
    for (secret, role, mask_money, expected) in [
        (&few, "analyst", false, 201),
        (&few, "manager", false, 403),
        (&few, "admin", false, 403),
        (&masked, "analyst", true, 201),
        (&masked, "analyst", false, 403),
    ] {
        assert_eq!(invite(secret, role, mask_money).await, expected, "{role} {mask_money}");
    }
    let (hidden, stranger) = (world.member("masked", None).await, world.sign_in("s@people.example").await);
    let path = format!("/api/members/{}", hidden.id);
    let patch = async |secret: &str, body: Value| {
        world.call_as(Method::PATCH, &path, Some(body), secret).await.status
    };
    assert_eq!(patch(&few, json!({ "role": "admin" })).await, 403);
    assert_eq!(patch(&masked, json!({ "mask_money": false })).await, 403);
    assert_eq!(patch(&few, json!({ "mask_money": false })).await, 200);
    let approve = format!("/api/users/{}/approve", stranger.id);
    // Whoever is no member is nobody a key of the workspace may let in, and an admin may all that an admin is.
    assert_eq!(world.call_as(Method::POST, &approve, None, &few).await.status, 404);
    let admin = world.member("admin", None).await;
    assert_eq!(invite(&admin.token, "admin", false).await, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_workspace_is_not_there() {
    let world = World::start().await;
    let admin = world.admin().await;
    let body = json!({ "name": "Second", "currency": "EUR" });
    let made = world.post_as("/api/workspaces", body.clone(), &admin).await;
    assert_eq!((made.status, &made.body["role"]), (201, &json!("owner")), "{}", made.body);
    let version: u64 = made.headers["x-snapshot-version"].to_str().unwrap().parse().unwrap();
    assert!(version > 1, "nodes hear of it");
    let second = made.id().to_owned();
    let mine = world.get_as("/api/workspaces", &admin).await.body;
    assert_eq!((&mine["total"], &mine["items"][1]["id"]), (&json!(2), &json!(second)), "{mine}");
    let third = world.new_workspace("Third").await;
    // An owner who never signed in is none that must stay.
    let owner = json!({ "email": "typo@people.example", "role": "owner" });
    let typo = world.call_in(Method::POST, "/api/members", Some(owner), BOOTSTRAP_TOKEN, Some(&third)).await;
    let path = format!("/api/members/{}", typo.id());
    let removed = world.call_in(Method::DELETE, &path, None, BOOTSTRAP_TOKEN, Some(&third)).await;
    assert_eq!((typo.status, removed.status), (201, 204), "{}", removed.body);
    assert_eq!(world.get("/api/workspaces").await.body["total"], json!(3), "the bootstrap token is in all");
    assert_eq!(
        world.get_as("/api/workspaces", &admin).await.body["total"],
        json!(2),
        "people where they are"
    );
    let wrong = json!({ "name": " ", "currency": "XXX" });
    assert_eq!(world.post_as("/api/workspaces", wrong, &admin).await.fields(), ["name", "currency"]);

    let owner = world.member("owner", None).await;
    assert_eq!(world.post_as("/api/workspaces", body, &owner).await.code(), "forbidden");
    let theirs = world.member("manager", Some(&second)).await;
    let created = json!({ "name": "theirs", "url": "https://theirs.example/" });
    let created = world.post_as("/api/destinations", created, &theirs).await;
    assert_eq!((created.status, &created.body["workspace_id"]), (201, &json!(second)), "their first one");
    for path in [
        format!("/api/destinations/{}", created.id()),
        format!("/api/members/{}", theirs.id),
        format!("/api/users/{}", theirs.id),
    ] {
        assert_eq!(world.get_as(&path, &owner).await.status, 404, "{path}");
        let there = world.call_in(Method::GET, &path, None, &admin.token, Some(&second)).await;
        assert_eq!(there.status, 200, "{path}");
    }
    for workspace in [second.as_str(), "nope"] {
        for path in ["/api/destinations", "/api/me"] {
            let refused = world.call_in(Method::GET, path, None, &owner.token, Some(workspace)).await;
            assert_eq!((refused.status, refused.code()), (404, "not_found"), "{workspace} {path}");
        }
    }
    let disable = format!("/api/users/{}/disable", theirs.id);
    assert_eq!(world.post_as(&disable, json!({}), &owner).await.status, 404);

    // In both, with another role in each.
    let body = json!({ "email": theirs.email, "role": "analyst" });
    let there = world.call_in(Method::POST, "/api/members", Some(body), BOOTSTRAP_TOKEN, None).await;
    assert_eq!((there.status, &there.body["status"]), (201, &json!("active")), "{}", there.body);
    let first = mine["items"][0]["id"].as_str().unwrap();
    for (workspace, role) in [(first, "analyst"), (second.as_str(), "manager")] {
        let me = world.call_in(Method::GET, "/api/me", None, &theirs.token, Some(workspace)).await.body;
        assert_eq!((&me["role"], &me["workspace"]["id"]), (&json!(role), &json!(workspace)), "{me}");
    }
}
