//! The numbers of a chart, for those who want them exactly or cannot see the picture.

use leptos::prelude::*;
use model::{Count, Mark};

use super::data::ChartData;
use crate::parts::At;

/// A table is read, not scrolled through.
const ROWS: usize = 60;

/// The numbers as a table, folded. Of many moments it lists some, and says so.
pub(super) fn numbers(data: &ChartData) -> impl IntoView + use<> {
    let total = data.at.len();
    if total == 0 {
        return ().into_any();
    }
    let step = total.div_ceil(ROWS).max(1);
    let heads =
        data.lines.iter().map(|line| view! { <th scope="col" class="num">{line.name.clone()}</th> }).collect_view();
    let rows = (0..total).step_by(step).map(|n| {
        let cells = data.lines.iter().map(|line| {
            let value = line.values.get(n).copied().flatten();
            let text = value.map_or_else(|| Mark::Gap.to_string(), |value| line.measure.write(value));
            view! { <td class="num" data-label=line.name.clone()>{text}</td> }
        });
        view! { <tr><th scope="row"><At at=data.at[n]/></th>{cells.collect_view()}</tr> }
    });
    view! {
        <details class="chart-numbers">
            <summary>"The numbers"</summary>
            {(step > 1).then(|| view! {
                <p class="note">{format!("One moment in {step} of {} is listed.", Count(total as i64))}</p>
            })}
            <table>
                <caption class="visually-hidden">"The numbers of the chart"</caption>
                <thead><tr><th scope="col">"Time"</th>{heads}</tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </details>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::{
        super::data::tests::{at, hour},
        *,
    };

    fn html(data: &ChartData) -> String {
        Owner::new().with(|| numbers(data).to_html())
    }

    #[test]
    fn a_gap_says_that_it_is_one() {
        let html = html(&hour());
        assert!(html.contains("100 ms") && html.contains("1,200") && html.contains("not captured"), "{html}");
        assert!(!html.contains("is listed"));
    }

    #[test]
    fn of_many_moments_some_are_listed() {
        let mut data = hour();
        data.at = (0..1000).map(at).collect();
        let html = html(&data);
        assert!(html.contains("One moment in 17 of 1,000 is listed."), "{html}");
        assert_eq!(html.matches("<tr>").count(), 60);
    }
}
