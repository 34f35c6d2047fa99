//! The way from a node to central, which a test can cut.

use std::net::SocketAddr;

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

pub struct Link {
    addr: SocketAddr,
    is_cut: watch::Sender<bool>,
    _tasks: JoinSet<()>,
}

impl Link {
    pub async fn to(central: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let is_cut = watch::Sender::new(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(forward(listener, central, is_cut.clone()));
        Self { addr, is_cut, _tasks: tasks }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Nothing goes through, and what was open breaks.
    pub fn cut(&self) {
        self.is_cut.send_replace(true);
    }

    pub fn heal(&self) {
        self.is_cut.send_replace(false);
    }
}

async fn forward(listener: TcpListener, central: SocketAddr, is_cut: watch::Sender<bool>) {
    let mut connections = JoinSet::new();
    while let Ok((mut node, _)) = listener.accept().await {
        let mut cut = is_cut.subscribe();
        connections.spawn(async move {
            if *cut.borrow() {
                return;
            }
            let Ok(mut central) = TcpStream::connect(central).await else { return };
            tokio::select! {
                _ = copy_bidirectional(&mut node, &mut central) => {}
                _ = cut.wait_for(|cut| *cut) => {}
            }
        });
    }
}
