//! People of a test: signed in for real, each with a role in a workspace.

use reqwest::Method;
use serde_json::{Value, json};
use traffoflex_local::stack::{ADMIN_EMAIL, BOOTSTRAP_TOKEN};

use super::{Answer, World};

pub const WORKSPACE_HEADER: &str = "x-workspace-id";

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: String,
    pub email: String,
    /// Of the session.
    pub token: String,
}

impl World {
    /// Asks for a code, which comes with the answer in tests.
    pub async fn request_otp(&self, email: &str) -> Answer {
        self.open("/api/auth/request-otp", json!({ "email": email })).await
    }

    pub async fn verify_otp(&self, email: &str, code: &str) -> Answer {
        self.open("/api/auth/verify-otp", json!({ "email": email, "code": code })).await
    }

    /// Without credentials.
    pub async fn open(&self, path: &str, body: Value) -> Answer {
        let answer = self.client.post(self.url(path)).json(&body).send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Answer { status, headers, body: answer.json().await.unwrap_or(Value::Null) }
    }

    /// Signs in by a code of its own; whoever is not known waits for approval from then on.
    pub async fn sign_in(&self, email: &str) -> Person {
        let requested = self.request_otp(email).await;
        assert_eq!(requested.status, 200, "{}", requested.body);
        let code = requested.body["otp"].as_str().unwrap_or_else(|| panic!("no code: {}", requested.body));
        let verified = self.verify_otp(email, code).await;
        assert_eq!(verified.status, 200, "{}", verified.body);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Person {
            id: text(&verified.body["user"]["id"]),
            email: text(&verified.body["user"]["email"]),
            token: text(&verified.body["token"]),
        }
    }

    /// The installation's administrator, an owner of the first workspace.
    pub async fn admin(&self) -> Person {
        self.sign_in(ADMIN_EMAIL).await
    }

    /// Invites somebody into a workspace (the first one unless named) and signs them in. `role` is `owner`,
    /// `admin`, `manager`, `analyst`, or `masked` for an analyst who sees no money.
    pub async fn member(&self, role: &str, workspace: Option<&str>) -> Person {
        let (role, mask_money) = if role == "masked" { ("analyst", true) } else { (role, false) };
        let email = format!("{role}-{:016x}@people.example", fastrand::u64(..));
        let body = json!({ "email": email, "role": role, "mask_money": mask_money });
        let invited =
            self.call_in(Method::POST, "/api/members", Some(body), BOOTSTRAP_TOKEN, workspace).await;
        assert_eq!(invited.status, 201, "{}", invited.body);
        self.sign_in(&email).await
    }

    /// Makes another workspace; returns its id.
    pub async fn new_workspace(&self, name: &str) -> String {
        let made = self.post("/api/workspaces", json!({ "name": name, "currency": "EUR" })).await;
        assert_eq!(made.status, 201, "{}", made.body);
        made.id().to_owned()
    }

    /// A call about a workspace, or about the caller's first.
    pub async fn call_in(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        token: &str,
        workspace: Option<&str>,
    ) -> Answer {
        let mut request = self.client.request(method, self.url(path)).bearer_auth(token);
        if let Some(workspace) = workspace {
            request = request.header(WORKSPACE_HEADER, workspace);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Answer { status, headers, body: answer.json().await.unwrap_or(Value::Null) }
    }

    pub async fn get_as(&self, path: &str, person: &Person) -> Answer {
        self.call_as(Method::GET, path, None, &person.token).await
    }

    pub async fn post_as(&self, path: &str, body: Value, person: &Person) -> Answer {
        self.call_as(Method::POST, path, Some(body), &person.token).await
    }
}
