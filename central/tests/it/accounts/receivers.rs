//! Where mail goes in tests: Resend's end of its API, and an SMTP server, both over real sockets.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use axum::{Json, Router, extract::State, http::HeaderMap, http::StatusCode, routing::post};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// Answers with the statuses it is told, then with 200; keeps what it got.
#[derive(Clone, Default)]
pub struct ResendDouble {
    answers: Arc<Mutex<Vec<u16>>>,
    got: Arc<Mutex<Vec<(HeaderMap, Value)>>>,
}

impl ResendDouble {
    pub async fn start(answers: &[u16]) -> (Self, String) {
        let double = Self::default();
        double.answer(answers);
        let take = async |State(double): State<Self>, headers: HeaderMap, Json(body): Json<Value>| {
            double.got.lock().unwrap().push((headers, body));
            let mut answers = double.answers.lock().unwrap();
            let status = if answers.is_empty() { 200 } else { answers.remove(0) };
            (StatusCode::from_u16(status).unwrap(), Json(serde_json::json!({ "id": "mail-1" })))
        };
        let app = Router::new().route("/emails", post(take)).with_state(double.clone());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, app).into_future());
        (double, url)
    }

    pub fn answer(&self, answers: &[u16]) {
        *self.answers.lock().unwrap() = answers.to_vec();
    }

    /// How much it got since it was last asked for it.
    pub fn seen(&self) -> usize {
        self.got.lock().unwrap().len()
    }

    /// What it got since it was last asked.
    pub fn take(&self) -> Vec<(HeaderMap, Value)> {
        std::mem::take(&mut *self.got.lock().unwrap())
    }
}

/// A mail as the SMTP server got it.
#[derive(Debug, Clone)]
pub struct Delivered {
    pub from: String,
    pub to: String,
    pub credentials: String,
    pub text: String,
}

/// Says no to the first mails with these codes, then takes them.
#[derive(Clone, Default)]
pub struct SmtpDouble {
    refusals: Arc<Mutex<Vec<u16>>>,
    got: Arc<Mutex<Vec<Delivered>>>,
    connections: Arc<Mutex<usize>>,
}

impl SmtpDouble {
    pub async fn start(refusals: &[u16]) -> (Self, String) {
        let double = Self::default();
        double.refuse(refusals);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("smtp://mailer:pass%20word@{}", listener.local_addr().unwrap());
        let serving = double.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *serving.connections.lock().unwrap() += 1;
                tokio::spawn(serving.clone().talk(stream));
            }
        });
        (double, url)
    }

    pub fn refuse(&self, refusals: &[u16]) {
        *self.refusals.lock().unwrap() = refusals.to_vec();
    }

    pub fn take(&self) -> Vec<Delivered> {
        std::mem::take(&mut *self.got.lock().unwrap())
    }

    pub fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }

    async fn talk(self, stream: TcpStream) -> std::io::Result<()> {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let mut mail = Delivered {
            from: String::new(),
            to: String::new(),
            credentials: String::new(),
            text: String::new(),
        };
        write.write_all(b"220 double ESMTP\r\n").await?;
        while let Some(line) = lines.next_line().await? {
            let (verb, rest) = line.split_once([' ', ':']).unwrap_or((&line, ""));
            let answer = match verb.to_ascii_uppercase().as_str() {
                "EHLO" => "250-double\r\n250-8BITMIME\r\n250 AUTH PLAIN\r\n".to_owned(),
                "AUTH" => {
                    mail.credentials = rest.to_owned();
                    "235 welcome\r\n".to_owned()
                }
                "MAIL" => {
                    mail.from = rest.to_owned();
                    let mut refusals = self.refusals.lock().unwrap();
                    match refusals.is_empty() {
                        true => "250 ok\r\n".to_owned(),
                        // As some servers do: with the address in their own words.
                        false => format!("{} no, bob@people.example\r\n", refusals.remove(0)),
                    }
                }
                "RCPT" => {
                    mail.to = rest.to_owned();
                    "250 ok\r\n".to_owned()
                }
                "DATA" => {
                    write.write_all(b"354 go on\r\n").await?;
                    while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                        mail.text.push_str(&line);
                        mail.text.push('\n');
                    }
                    self.got.lock().unwrap().push(mail.clone());
                    "250 taken\r\n".to_owned()
                }
                "QUIT" => "221 bye\r\n".to_owned(),
                _ => "250 ok\r\n".to_owned(),
            };
            write.write_all(answer.as_bytes()).await?;
        }
        Ok(())
    }
}
