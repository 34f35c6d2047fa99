//! The operations of the running service, as its own description names them, and bodies that fit them.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::world::World;

/// How deep an example body goes: schemas of rules contain themselves.
const MAX_DEPTH: usize = 6;
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

pub struct Document(Value);

#[derive(Clone)]
pub struct Operation {
    pub method: Method,
    pub path: String,
    /// Names of the query's parameters, and whether they are required, with their schemas.
    pub query: Vec<(String, bool, Value)>,
    pub body: Option<Value>,
    /// Answers for as long as one listens.
    pub is_stream: bool,
}

impl Operation {
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub fn is_read(&self) -> bool {
        self.method == Method::GET
    }

    pub fn has_id(&self) -> bool {
        self.path.contains('{')
    }

    /// The path with an id for each parameter: that of the segment before it.
    pub fn filled(&self, id: impl Fn(&str) -> String) -> String {
        let mut filled = String::new();
        let mut before = "";
        for segment in self.path.split('/').skip(1) {
            filled.push('/');
            filled.push_str(&if segment.starts_with('{') { id(before) } else { segment.to_owned() });
            if !segment.starts_with('{') {
                before = segment;
            }
        }
        filled
    }
}

impl Document {
    pub async fn of(world: &World) -> Self {
        let answer = world.get("/api/openapi.json").await;
        assert_eq!(answer.status, 200);
        Self(answer.body)
    }

    pub fn operations(&self) -> Vec<Operation> {
        let paths = self.0["paths"].as_object().unwrap();
        let all = paths.iter().flat_map(|(path, item)| {
            METHODS.iter().filter_map(move |method| Some(self.operation(method, path, item.get(*method)?)))
        });
        all.collect()
    }

    fn operation(&self, method: &str, path: &str, operation: &Value) -> Operation {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let query = parameters.filter(|parameter| parameter["in"] == "query").map(|parameter| {
            let name = parameter["name"].as_str().unwrap().to_owned();
            (name, parameter["required"] == true, parameter["schema"].clone())
        });
        let body = &operation["requestBody"]["content"]["application/json"]["schema"];
        let responses = operation["responses"].as_object().unwrap();
        Operation {
            method: method.to_uppercase().parse().unwrap(),
            path: path.to_owned(),
            query: query.collect(),
            body: (!body.is_null()).then(|| body.clone()),
            is_stream: responses.values().any(|answer| answer["content"].get("text/event-stream").is_some()),
        }
    }

    /// A body that fits the schema, with what `own` has of its fields.
    pub fn body(
        &self,
        operation: &Operation,
        own: &Value,
        fill: &dyn Fn(&str) -> Option<Value>,
    ) -> Option<Value> {
        let schema = operation.body.as_ref()?;
        let mut body = self.example(schema, 0, fill);
        let known = self.properties(schema);
        if let (Some(body), Some(own)) = (body.as_object_mut(), own.as_object()) {
            for (name, value) in own.iter().filter(|(name, _)| known.contains_key(*name)) {
                body.insert(name.clone(), value.clone());
            }
        }
        Some(body)
    }

    fn resolve<'d>(&'d self, mut schema: &'d Value) -> &'d Value {
        while let Some(reference) = schema["$ref"].as_str() {
            schema = self.0.pointer(reference.trim_start_matches('#')).unwrap();
        }
        schema
    }

    fn properties(&self, schema: &Value) -> BTreeMap<String, Value> {
        let schema = self.resolve(schema);
        let own = schema["properties"].as_object().into_iter().flatten();
        let mut all: BTreeMap<String, Value> = own.map(|(name, of)| (name.clone(), of.clone())).collect();
        for part in schema["allOf"].as_array().into_iter().flatten() {
            all.extend(self.properties(part));
        }
        all
    }

    fn required(&self, schema: &Value) -> Vec<String> {
        let schema = self.resolve(schema);
        let own = schema["required"].as_array().into_iter().flatten();
        let mut all: Vec<String> = own.map(|name| name.as_str().unwrap().to_owned()).collect();
        for part in schema["allOf"].as_array().into_iter().flatten() {
            all.extend(self.required(part));
        }
        all
    }

    fn example(&self, schema: &Value, depth: usize, fill: &dyn Fn(&str) -> Option<Value>) -> Value {
        let schema = self.resolve(schema);
        let first = ["example", "const", "default"].iter().find_map(|name| schema.get(*name));
        let first = first.or(schema["examples"].get(0)).or(schema["enum"].get(0));
        if let Some(first) = first.filter(|first| !first.is_null()) {
            return first.clone();
        }
        if depth > MAX_DEPTH {
            return Value::Null;
        }
        for choice in ["oneOf", "anyOf"] {
            let choices = schema[choice].as_array().into_iter().flatten();
            if let Some(chosen) = choices.clone().find(|choice| choice["type"] != "null") {
                return self.example(chosen, depth + 1, fill);
            }
        }
        let kind = match &schema["type"] {
            Value::Array(kinds) => kinds.iter().find(|kind| **kind != "null").cloned().unwrap_or_default(),
            kind => kind.clone(),
        };
        match kind.as_str() {
            Some("string") if schema["format"] == "date-time" => json!("2026-11-21T00:00:00Z"),
            Some("string") if schema["format"] == "email" => json!("somebody@example.com"),
            Some("string") => json!("text"),
            Some("integer" | "number") => schema["minimum"].as_i64().unwrap_or(1).max(1).into(),
            Some("boolean") => json!(false),
            Some("array") => json!([self.example(&schema["items"], depth + 1, fill)]),
            _ => self.object(schema, depth, fill),
        }
    }

    /// What is required, and whatever can be filled.
    fn object(&self, schema: &Value, depth: usize, fill: &dyn Fn(&str) -> Option<Value>) -> Value {
        let required = self.required(schema);
        let mut object = Map::new();
        for (name, of) in self.properties(schema) {
            if let Some(value) = fill(&name) {
                object.insert(name, value);
            } else if required.contains(&name) {
                let value = self.example(&of, depth + 1, fill);
                object.insert(name, value);
            }
        }
        Value::Object(object)
    }
}
