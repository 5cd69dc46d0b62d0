//! `/docs/api`: the API reference, a viewer of `/openapi.json` whose calls go to this server.
//!
//! A sandbox shows it to everyone, and fills in the credentials of the demo world; in production it asks for an operator's sign-in.
//! Absent: the document, which programs read without the page.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use payments::Role;

use super::visit::Visit;
use admin::App;
use edge::Mode;
use web::{Allowed, REFERENCE_SCRIPT, REFERENCE_STYLE, VIEWER_SCRIPT, VIEWER_STYLE, page};

/// The operator's token of the demo world.
const DEMO: &str = "demo-admin-token";
/// The policy of every page, and images in the style sheet of the viewer.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

#[derive(Template)]
#[template(path = "console_reference.html")]
struct ReferencePage<'a> {
    viewer_script: &'a str,
    viewer_style: &'a str,
    script: &'a str,
    style: &'a str,
    is_demo: bool,
}

pub async fn show(State(app): State<App>, request: Request) -> Result<Response, Response> {
    let is_demo = match app.mode {
        Mode::Sandbox => app.secrets.is_operator(DEMO),
        Mode::Production => {
            let (parts, _) = request.into_parts();
            Visit::open(app, &parts, Role::Viewer).await?;
            false
        }
    };
    let template = ReferencePage {
        viewer_script: VIEWER_SCRIPT.url(),
        viewer_style: VIEWER_STYLE.url(),
        script: REFERENCE_SCRIPT.url(),
        style: REFERENCE_STYLE.url(),
        is_demo,
    };
    let mut response = page(StatusCode::OK, &template, &Allowed::default());
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    Ok(response)
}
