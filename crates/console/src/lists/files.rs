//! GET `/console/lists/{list}/export`: a list with its filter as a file.

use admin::App;
use admin::lists::{Asked, Format, ListName, NoExport};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use payments::Role;

use crate::visit::Visit;
use web::{Segment, notice};

pub async fn export(
    State(app): State<App>,
    Segment(list): Segment<String>,
    request: Request,
) -> Result<Response, Response> {
    let (parts, _) = request.into_parts();
    let visit = Visit::open(app, &parts, Role::Viewer).await?;
    let list = ListName::named(&list).ok_or_else(|| visit.missing())?;
    let format = visit.query.get("format").and_then(Format::named).ok_or_else(|| visit.missing())?;
    let asked = Asked::of_query(|name| visit.query.sent(name).map(str::to_owned));
    let w = visit.w();
    admin::lists::export(&visit.context, list, &asked, format).await.map_err(|why| match why {
        NoExport::Unreadable(_) => {
            notice(visit.frame.clone(), StatusCode::BAD_REQUEST, w.unreadable, w.list_want_choice)
        }
        NoExport::Busy => notice(visit.frame.clone(), StatusCode::SERVICE_UNAVAILABLE, w.busy, w.list_busy),
        NoExport::TooManyRows(_) => {
            notice(visit.frame.clone(), StatusCode::BAD_REQUEST, w.unreadable, w.list_too_many_rows)
        }
        NoExport::NoTemporaryFile => {
            notice(visit.frame.clone(), StatusCode::SERVICE_UNAVAILABLE, w.busy, w.list_no_temporary_file)
        }
        NoExport::Failed(error) => visit.failed(&error),
    })
}
