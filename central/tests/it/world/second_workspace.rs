//! A workspace beside the installation's first, made past the API.

use mongodb::bson::{DateTime, Document, doc};
use reqwest::Method;
use serde_json::Value;
use traffoflex_local::stack::BOOTSTRAP_TOKEN;

use super::{Answer, World};

pub struct SecondWorkspace<'w> {
    world: &'w World,
    pub id: String,
}

impl World {
    pub async fn second_workspace(&self) -> SecondWorkspace<'_> {
        let id = ulid::Ulid::generate().to_string();
        let workspaces = self.mongo().await.collection::<Document>("workspaces");
        let now = DateTime::now();
        let document = doc! { "_id": &id, "id": &id, "revision": 1_i64, "created_at": now, "updated_at": now,
        "name": "Second", "currency": "EUR", "store_full_ip": false };
        workspaces.insert_one(document).await.unwrap();
        SecondWorkspace { world: self, id }
    }
}

impl SecondWorkspace<'_> {
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = self.world.client.request(method, self.world.url(path)).bearer_auth(BOOTSTRAP_TOKEN);
        let mut request = request.header("X-Workspace-Id", &self.id);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Answer { status, headers, body: answer.json().await.unwrap_or(Value::Null) }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }
}
