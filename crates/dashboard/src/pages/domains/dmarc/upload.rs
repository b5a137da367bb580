//! `POST /dmarc/reports`: a report somebody brings along. Which domain it is about stands in it; the form
//! says from which domain's page it comes, to go back there when it is none.

use axum::http::StatusCode;
use postscale_access::{DomainRef, Late};
use postscale_actions::{
    Error,
    dmarc::{self, Days, FILE_OCTETS_MAX, UploadedReport},
};
use postscale_web::FileForm;

use super::overview;
use crate::{
    answer::Answer,
    done::{self, Done},
    ui::Notice,
    visit::Visit,
};

pub(super) async fn upload(visit: Visit, form: FileForm<FILE_OCTETS_MAX>) -> Answer {
    let from = DomainRef::parse(form.text("domain"));
    let uploaded = match dmarc::upload(&visit.app, &visit.caller, form.into_file()).await {
        Ok(uploaded) => uploaded,
        Err(Error::Invalid(invalid)) => {
            let days = Late::new(Ok(Days::default()));
            let found = dmarc::overview(&visit.app, &visit.caller, &from, days).await?;
            let notice = Notice::failed(format!("Nothing was kept. {}.", invalid.message));
            return overview::page(&visit, found, (StatusCode::BAD_REQUEST, Some(notice))).await;
        }
        Err(error) => return Err(error.into()),
    };
    let done = if uploaded.is_duplicate {
        Done::ReportKnown
    } else {
        Done::ReportUploaded
    };
    let path = format!("/domains/{}/dmarc", uploaded.domain.id);
    let path = match uploaded.report {
        UploadedReport::Aggregate(report, _) => format!("{path}/reports/{}", report.id),
        UploadedReport::Tls(_) => path,
    };
    Ok(done::to(&path, done, &visit.settings))
}
