//! The views that mark hours as touched, and marks made by hand.

use std::ops::Range;

use clickhouse::query::Query;

use super::{HOUR_MS, grain::Span};
use crate::warehouse::{Warehouse, WarehouseError, wait_for_inserts};

/// What is added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// By the hour in which they were clicked.
    Clicks,
    /// By the day; has the marks of its hours.
    ClickDays,
    /// By the hour of their first postback.
    Conversions,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Clicks, Self::ClickDays, Self::Conversions];
    /// Those that have marks of their own.
    const MARKED: [Self; 2] = [Self::Clicks, Self::Conversions];

    pub fn name(self) -> &'static str {
        match self {
            Self::Clicks => "clicks",
            Self::ClickDays => "click_days",
            Self::Conversions => "conversions",
        }
    }

    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    fn events(self) -> &'static str {
        match self {
            Self::Clicks | Self::ClickDays => "click_events",
            Self::Conversions => "conversion_events",
        }
    }

    pub fn span(self) -> Span {
        match self {
            Self::Clicks | Self::Conversions => Span::Hour,
            Self::ClickDays => Span::Day,
        }
    }

    /// The kind whose marks it goes by.
    pub(super) fn marked_as(self) -> &'static str {
        match self {
            Self::Clicks | Self::ClickDays => Self::Clicks.name(),
            Self::Conversions => Self::Conversions.name(),
        }
    }

    fn view(self) -> String {
        format!("{}_marks_mv", self.events())
    }

    fn marks(self) -> String {
        format!(
            "SELECT workspace_id, '{}' AS kind, toUInt32(intDiv(toUnixTimestamp64Milli(created_at), {HOUR_MS})) AS hour, \
             toUInt64(1) AS marks FROM {} GROUP BY workspace_id, hour",
            self.name(),
            self.events()
        )
    }
}

/// Makes the views, and marks every hour that has events where a view was missing. Not before the tables have
/// their final form; by one process at a time.
pub async fn ensure(warehouse: &Warehouse) -> Result<(), WarehouseError> {
    for kind in Kind::MARKED {
        let client = warehouse.client();
        let view = kind.view();
        // Taken for complete only with its comment, which is written last.
        let complete: u64 = client
            .query_raw(
                "SELECT count() FROM system.tables WHERE database = {db:String} AND name = {name:String} AND comment = 'complete'",
            )
            .param("db", warehouse.database())
            .param("name", &view)
            .fetch_one()
            .await?;
        if complete > 0 {
            continue;
        }
        let events = kind.events();
        for statement in [
            // A block that Kafka's engine is writing is in no list of inserts: reading stops, and this waits for it.
            // It begins anew when the feed is set up, after the migrations.
            format!("DROP VIEW IF EXISTS {events}_feed_mv SYNC"),
            format!("DROP TABLE IF EXISTS {events}_queue SYNC"),
            format!("DROP VIEW IF EXISTS {view} SYNC"),
            format!("CREATE MATERIALIZED VIEW {view} TO rollup_marks AS {}", kind.marks()),
        ] {
            client.query_raw(&statement).execute().await?;
        }
        // Inserts that began without the view are marked with all others.
        wait_for_inserts(warehouse).await?;
        client.query_raw(&format!("INSERT INTO rollup_marks {}", kind.marks())).execute().await?;
        client.query_raw(&format!("ALTER TABLE {view} MODIFY COMMENT 'complete'")).execute().await?;
    }
    Ok(())
}

/// Says that nobody knows what was taken away of a workspace, after that was done.
pub async fn mark_all(warehouse: &Warehouse, workspace: &str) -> Result<(), WarehouseError> {
    let query = warehouse.client().query_raw(
        "INSERT INTO rollup_marks SELECT m.workspace_id, m.kind, m.hour, 1 FROM rollup_marks AS m \
         WHERE m.workspace_id = {ws:String} GROUP BY m.workspace_id, m.kind, m.hour",
    );
    Ok(query.param("ws", workspace).execute().await?)
}

/// Says that events of this range were taken away or changed in place, after that was done. UTC milliseconds.
pub async fn mark(
    warehouse: &Warehouse,
    workspace: &str,
    kind: Kind,
    range_ms: Range<i64>,
) -> Result<(), WarehouseError> {
    let query = warehouse.client().query_raw(
        "INSERT INTO rollup_marks SELECT {ws:String}, {kind:String}, \
         toUInt32(arrayJoin(range(toUInt64({first:Int64}), toUInt64({end:Int64})))), 1",
    );
    let query: Query = query
        .param("ws", workspace)
        .param("kind", kind.marked_as())
        .param("first", range_ms.start.max(0) / HOUR_MS)
        .param("end", (range_ms.end.max(0) + HOUR_MS - 1) / HOUR_MS);
    Ok(query.execute().await?)
}
