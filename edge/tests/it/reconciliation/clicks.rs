//! Clicks of both sources in turn, each made until it is answered, whatever is killed meanwhile.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use futures_util::{StreamExt, stream};
use tokio::sync::OnceCell;

use super::generator;
use crate::world::NodeClient;

const AT_ONCE: usize = 32;

pub struct Clicks {
    node: NodeClient,
    ids: Vec<OnceCell<String>>,
    unanswered: AtomicUsize,
}

impl Clicks {
    pub fn of(node: NodeClient, count: usize) -> Self {
        let ids = (0..count).map(|_| OnceCell::new()).collect();
        Self { node, ids, unanswered: AtomicUsize::new(0) }
    }

    pub async fn make(&self, numbers: impl IntoIterator<Item = usize>) {
        stream::iter(numbers).for_each_concurrent(AT_ONCE, async |number| drop(self.id(number).await)).await;
    }

    /// Of the click, which is made when it was not.
    pub async fn id(&self, number: usize) -> String {
        self.ids[number].get_or_init(|| self.click(number)).await.clone()
    }

    /// Those that were answered.
    pub fn ids(&self) -> impl Iterator<Item = &String> {
        self.ids.iter().filter_map(OnceCell::get)
    }

    /// Attempts of which nobody knows what became of them.
    pub fn unanswered(&self) -> usize {
        self.unanswered.load(Relaxed)
    }

    async fn click(&self, number: usize) -> String {
        let source = generator::source_of(number);
        let path = format!("/c/recon?source={source}&clickid=ext-{number}&cost=0.01");
        loop {
            let Ok(answer) = self.node.try_get(&path).await else {
                self.unanswered.fetch_add(1, Relaxed);
                tokio::task::yield_now().await;
                continue;
            };
            assert_eq!(answer.status, 302, "{}", answer.body);
            return answer.click_id().to_owned();
        }
    }
}
