//! `GET /api/schema/reports`: what reports can be made of, for pickers. Everything comes from the lists that
//! reports themselves use.

use axum::Json;
use serde::Serialize;
use traffoflex_model::Operator;
use utoipa::ToSchema;

use super::{
    dimension::{self, Kind, Names},
    metric::{self, Unit},
    query::MAX_CSV_ROWS,
};

#[derive(Debug, Serialize, ToSchema)]
pub struct ReportSchema {
    /// What reports are grouped and filtered by, in the order to show them in.
    pub dimensions: Vec<DimensionShown>,
    pub metrics: Vec<MetricShown>,
    /// What `having` compares metrics by.
    pub having_operators: Vec<Operator>,
    pub max_csv_rows: u32,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReportDimension)]
pub struct DimensionShown {
    pub name: &'static str,
    pub title: &'static str,
    /// Other names that requests may use.
    pub aliases: Vec<&'static str>,
    pub kind: Kind,
    /// Rows carry `<name>_name` beside the id.
    pub has_names: bool,
    pub operators: Vec<Operator>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReportMetric)]
pub struct MetricShown {
    pub name: &'static str,
    pub title: &'static str,
    pub unit: Unit,
    /// It tells of amounts: null for those who must not see any, who cannot sort by it either.
    pub is_money: bool,
}

/// What reports can be grouped and filtered by, and what they count
#[utoipa::path(get, path = "/api/schema/reports", tag = "schema",
    responses((status = 200, body = ReportSchema), crate::openapi::Refusals))]
pub async fn report_schema() -> Json<ReportSchema> {
    let dimensions = dimension::ALL.into_iter().map(|dimension| DimensionShown {
        name: dimension.name,
        title: dimension.title,
        aliases: dimension.aliases.to_vec(),
        kind: dimension.kind,
        has_names: dimension.names != Names::None,
        operators: dimension.kind.operators(),
    });
    let metrics = metric::all().map(|metric| MetricShown {
        name: metric.name,
        title: metric.title,
        unit: metric.unit,
        is_money: metric.is_money,
    });
    use Operator::*;
    Json(ReportSchema {
        dimensions: dimensions.collect(),
        metrics: metrics.collect(),
        having_operators: vec![Eq, Neq, Gt, Gte, Lt, Lte],
        max_csv_rows: MAX_CSV_ROWS,
    })
}
