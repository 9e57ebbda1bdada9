/**
 * Fragment, as linkStatusOf, of stores that are ordered at by a browser: how a shopper's sign-in there stands; null where nothing
 * is automated. `storeId` and `shopperId` are SQL. Whether the recipe says how to place is left to whoever begins a checkout:
 * it would have to be unpacked for every line of a cart.
 */
export const signInStatusOf = (storeId: string, shopperId: string): string =>
  `(SELECT CASE WHEN nc.id IS NULL OR ni.state IS NULL OR ni.state = 'proving' THEN 'not_linked' WHEN ni.state = 'refused' THEN 'relink' ELSE 'linked' END
      FROM stores ns JOIN store_recipes nr ON nr.store_id = ns.id AND nr.status = 'active'
      LEFT JOIN store_consents nc ON nc.user_id = ${shopperId} AND nc.store_id = ns.id AND nc.purpose = 'store_credentials' AND nc.withdrawn_at IS NULL
      LEFT JOIN store_accounts na ON na.user_id = ${shopperId} AND na.store_id = ns.id AND na.kind = 'credentials'
      LEFT JOIN store_sign_ins ni ON ni.account_id = na.id
     WHERE ns.id = ${storeId} AND ns.automation_policy = 'allowed' AND ns.automation_agreement IS NOT NULL)`;
