//! Aliases: who sees them, what they resolve to, what may change.

use postscale_access::{Refusal, action};
use postscale_model::{Alias, AliasAction, AliasId};
use postscale_store::{
    Tx,
    alias::{self, AliasChange, AliasFilter, LOCAL_PART_KEY, Resolved},
};
use postscale_testkit::on_both_engines;

use crate::everybody_lists_only_what_they_see;
use crate::world::{ALL, NOW, Who, World, later, system};

fn new_alias(world: &World, local_part: &str) -> Alias {
    Alias {
        id: world.sources.id(),
        organization_id: world.teams[0].id,
        domain_id: world.teams[0].domains[0],
        domain: String::new(),
        local_part: local_part.to_owned(),
        action: AliasAction::Forward,
        forward_to: vec!["ann@home.example".parse().unwrap()],
        webhook_id: None,
        is_masked: false,
        description: "for Shops".to_owned(),
        emails_received: 0,
        active: true,
        expires_at: None,
        created_at: NOW,
        updated_at: NOW,
    }
}

async fn make(world: &World, tx: &mut Tx, team: usize, domain: usize, alias: &Alias) -> AliasId {
    let proof = world.writable(tx, team, domain).await;
    alias::insert(tx, &proof, alias).await.unwrap();
    alias.id
}

on_both_engines! {
    async fn everybody_lists_only_aliases_of_domains_they_see(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        for (team, domain) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            make(&world, &mut tx, team, domain, &new_alias(&world, "info")).await;
        }
        tx.commit().await.unwrap();
        everybody_lists_only_what_they_see!(world, action::ALIAS_LIST_ALL, |tx, scope| {
            let listed = alias::list(tx, &scope, &AliasFilter::default(), ALL, NOW).await.unwrap();
            (listed.rows.iter().map(|row| row.domain_id).collect(), listed.total)
        });
    }

    async fn filters_narrow(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        make(&world, &mut tx, 0, 0, &new_alias(&world, "info")).await;
        let masked = Alias { is_masked: true, active: false, ..new_alias(&world, "x7f3") };
        make(&world, &mut tx, 0, 1, &masked).await;
        let scope = world.scope(&mut tx, 0, Who::Owner, action::ALIAS_LIST_ALL).await;
        for (filter, want) in [
            (AliasFilter::default(), 2),
            (AliasFilter { query: Some("INFO@d0".to_owned()), ..Default::default() }, 1),
            (AliasFilter { query: Some("shops".to_owned()), ..Default::default() }, 2),
            (AliasFilter { query: Some("nothing".to_owned()), ..Default::default() }, 0),
            (AliasFilter { domain_id: Some(world.teams[0].domains[1]), ..Default::default() }, 1),
            (AliasFilter { active: Some(false), ..Default::default() }, 1),
            (AliasFilter { is_masked: Some(false), ..Default::default() }, 1),
        ] {
            let listed = alias::list(&mut tx, &scope, &filter, ALL, NOW).await.unwrap();
            assert_eq!((listed.rows.len(), listed.total), (want, want as u64), "{filter:?}");
        }
    }

    async fn an_address_is_taken_once_in_a_domain_whatever_its_case(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        make(&world, &mut tx, 0, 0, &new_alias(&world, "Info")).await;
        make(&world, &mut tx, 0, 1, &new_alias(&world, "info")).await;
        let proof = world.writable(&mut tx, 0, 0).await;
        let again = alias::insert(&mut tx, &proof, &new_alias(&world, "INFO")).await;
        assert!(again.unwrap_err().is_conflict_on(LOCAL_PART_KEY));
    }

    async fn a_tagged_address_is_the_base_unless_it_has_an_alias_of_its_own(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let domain = world.teams[0].domains[0];
        let base = make(&world, &mut tx, 0, 0, &new_alias(&world, "info")).await;
        let own = make(&world, &mut tx, 0, 0, &new_alias(&world, "info+own")).await;
        let paused = Alias { active: false, ..new_alias(&world, "info+paused") };
        make(&world, &mut tx, 0, 0, &paused).await;
        let over = Alias { expires_at: Some(later(1)), ..new_alias(&world, "over") };
        let over = make(&world, &mut tx, 0, 0, &over).await;
        make(&world, &mut tx, 1, 0, &new_alias(&world, "foreign")).await;
        for (local_part, seconds, want) in [
            ("info", 0, Ok(base)),
            ("INFO", 0, Ok(base)),
            ("info+news", 0, Ok(base)),
            ("Info+Own", 0, Ok(own)),
            ("info+own+x", 0, Ok(base)),
            ("info+paused", 0, Err("inactive")),
            ("over", 0, Ok(over)),
            ("over", 1, Err("inactive")),
            ("over+x", 1, Err("inactive")),
            ("nobody", 0, Err("unknown")),
            ("foreign", 0, Err("unknown")),
            ("+x", 0, Err("unknown")),
        ] {
            let resolved = alias::resolve(&mut tx, &system(), domain, local_part, later(seconds)).await.unwrap();
            let got = match resolved {
                Resolved::Alias { alias, .. } => Ok(alias.id),
                Resolved::Inactive => Err("inactive"),
                Resolved::Unknown => Err("unknown"),
            };
            assert_eq!(got, want, "{local_part}");
        }
    }

    async fn what_is_changed_changes_and_the_rest_stays(database) {
        let world = World::new(database).await;
        let mut tx = world.write().await;
        let id = make(&world, &mut tx, 0, 0, &new_alias(&world, "info")).await;
        let refused = world.object::<Alias, _>(&mut tx, (0, Who::Reader), action::ALIAS_UPDATE, id).await;
        assert!(matches!(refused, Err(Refusal::Forbidden(_))));
        let proof = world.object::<Alias, _>(&mut tx, (0, Who::Writer), action::ALIAS_UPDATE, id).await.unwrap();
        let change = AliasChange {
            local_part: Some("Sales".to_owned()),
            expires_at: Some(Some(later(9))),
            active: Some(false),
            ..Default::default()
        };
        alias::update(&mut tx, &proof, change, later(1)).await.unwrap();
        let changed = alias::find_for_job(&mut tx, &system(), id).await.unwrap().unwrap();
        assert_eq!((changed.local_part.as_str(), changed.active), ("sales", false));
        assert_eq!((changed.expires_at, changed.updated_at), (Some(later(9)), later(1)));
        assert_eq!((changed.forward_to, changed.description), (proof.forward_to.clone(), "for Shops".to_owned()));
        assert_eq!(changed.domain, "d0.team0.example");
        alias::delete(&mut tx, &proof).await.unwrap();
        assert!(alias::find_for_job(&mut tx, &system(), id).await.unwrap().is_none());
    }
}
