//! A DNS server on loopback for tests: answers what it is told, over UDP, and nothing is cached.

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
};

use hickory_proto::{
    op::{Message, ResponseCode},
    rr::{
        Name, RData, Record, RecordType,
        rdata::{CNAME, PTR, TXT},
    },
};
use tokio::{net::UdpSocket, task::JoinHandle};

/// Larger than any query.
const MAX_QUERY_BYTES: usize = 4096;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Ip(IpAddr),
    Cname(String),
    Txt(String),
    Ptr(String),
}

/// Ends when dropped.
pub struct DnsServer {
    address: SocketAddr,
    zone: Arc<Zone>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Zone {
    records: Mutex<HashMap<String, Vec<Answer>>>,
    fails: AtomicBool,
    queries: AtomicUsize,
}

impl DnsServer {
    /// On a free port.
    pub async fn start() -> io::Result<Self> {
        let socket = UdpSocket::bind(("127.0.0.1", 0)).await?;
        let (address, zone) = (socket.local_addr()?, Arc::<Zone>::default());
        let serving = zone.clone();
        let task = tokio::spawn(async move {
            let mut buffer = [0; MAX_QUERY_BYTES];
            while let Ok((length, peer)) = socket.recv_from(&mut buffer).await {
                if let Some(answer) = serving.answer(&buffer[..length]) {
                    // A client that is gone needs no answer.
                    let _ = socket.send_to(&answer, peer).await;
                }
            }
        });
        Ok(Self { address, zone, task })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// All records of a name, in place of those it had.
    pub fn set(&self, name: &str, answers: Vec<Answer>) {
        self.zone.lock().insert(name.to_ascii_lowercase(), answers);
    }

    /// The name of an address.
    pub fn set_reverse(&self, ip: IpAddr, name: &str) {
        let reversed = Name::from(ip).to_ascii();
        self.set(reversed.trim_end_matches('.'), vec![Answer::Ptr(name.to_owned())]);
    }

    /// From now on every query fails (SERVFAIL), or no longer does.
    pub fn fail(&self, fails: bool) {
        self.zone.fails.store(fails, Relaxed);
    }

    /// So far.
    pub fn queries(&self) -> usize {
        self.zone.queries.load(Relaxed)
    }
}

impl Drop for DnsServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Zone {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Vec<Answer>>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, query: &[u8]) -> Option<Vec<u8>> {
        self.queries.fetch_add(1, Relaxed);
        let query = Message::from_vec(query).ok()?;
        let question = query.queries.first()?.clone();
        let mut answer = Message::response(query.metadata.id, query.metadata.op_code);
        answer.metadata.recursion_desired = query.metadata.recursion_desired;
        answer.metadata.recursion_available = true;
        answer.metadata.authoritative = true;
        answer.add_query(question.clone());
        if self.fails.load(Relaxed) {
            answer.metadata.response_code = ResponseCode::ServFail;
            return answer.to_vec().ok();
        }
        let name = question.name().to_ascii().to_ascii_lowercase();
        match self.lock().get(name.trim_end_matches('.')) {
            None => answer.metadata.response_code = ResponseCode::NXDomain,
            Some(answers) => {
                let wanted = answers.iter().filter_map(|answer| data(answer, question.query_type()));
                for data in wanted {
                    answer.add_answer(Record::from_rdata(question.name().clone(), 0, data));
                }
            }
        }
        answer.to_vec().ok()
    }
}

/// The record's data when it is of the kind that was asked for.
fn data(answer: &Answer, kind: RecordType) -> Option<RData> {
    match (answer, kind) {
        (Answer::Ip(IpAddr::V4(ip)), RecordType::A) => Some(RData::A((*ip).into())),
        (Answer::Ip(IpAddr::V6(ip)), RecordType::AAAA) => Some(RData::AAAA((*ip).into())),
        (Answer::Cname(name), RecordType::CNAME) => Some(RData::CNAME(CNAME(Name::from_ascii(name).ok()?))),
        (Answer::Ptr(name), RecordType::PTR) => Some(RData::PTR(PTR(Name::from_ascii(name).ok()?))),
        (Answer::Txt(text), RecordType::TXT) => Some(RData::TXT(TXT::new(vec![text.clone()]))),
        _ => None,
    }
}
