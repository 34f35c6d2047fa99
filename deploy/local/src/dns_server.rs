//! A DNS server on loopback for tests: answers what it is told, over UDP, and nothing is cached.

use std::{
    collections::{HashMap, VecDeque},
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
    /// Names whose next answer takes the place of this one once it was given.
    next: Mutex<HashMap<String, VecDeque<Vec<Answer>>>>,
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

    /// What the first query for addresses of a family hears, what the next one hears, and so on; the last one stays.
    pub fn set_in_turn(&self, name: &str, turns: impl IntoIterator<Item = Vec<Answer>>) {
        let mut turns: VecDeque<Vec<Answer>> = turns.into_iter().collect();
        self.set(name, turns.pop_front().unwrap_or_default());
        let next = &self.zone.next;
        next.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_ascii_lowercase(), turns);
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
        let name = name.trim_end_matches('.');
        match self.lock().get(name) {
            None => answer.metadata.response_code = ResponseCode::NXDomain,
            Some(answers) => {
                let wanted = answers.iter().filter_map(|answer| data(answer, question.query_type()));
                for data in wanted {
                    answer.add_answer(Record::from_rdata(question.name().clone(), 0, data));
                }
            }
        }
        self.turn(name, question.query_type());
        answer.to_vec().ok()
    }

    /// The other family is asked at the same moment, and is not another look.
    fn turn(&self, name: &str, kind: RecordType) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        if kind == RecordType::A
            && let Some(answers) = next.get_mut(name).and_then(VecDeque::pop_front)
        {
            self.lock().insert(name.to_owned(), answers);
        }
    }
}

/// The record's data when it is of the kind that was asked for.
fn data(answer: &Answer, kind: RecordType) -> Option<RData> {
    match (answer, kind) {
        (Answer::Ip(IpAddr::V4(ip)), RecordType::A) => Some(RData::A((*ip).into())),
        (Answer::Ip(IpAddr::V6(ip)), RecordType::AAAA) => Some(RData::AAAA((*ip).into())),
        // Whoever asks for addresses of an alias is told what it is an alias of.
        (Answer::Cname(name), RecordType::CNAME | RecordType::A | RecordType::AAAA) => {
            Some(RData::CNAME(CNAME(Name::from_ascii(name).ok()?)))
        }
        (Answer::Ptr(name), RecordType::PTR) => Some(RData::PTR(PTR(Name::from_ascii(name).ok()?))),
        (Answer::Txt(text), RecordType::TXT) => Some(RData::TXT(TXT::new(vec![text.clone()]))),
        _ => None,
    }
}
