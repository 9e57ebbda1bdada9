export { affiliateDisclosure } from './affiliate-disclosure';
export { AFFILIATE_PROGRAMME_CHANGED, AffiliateProgrammes } from './affiliate-programmes';
export { NETWORK_IDS, networkOf, type NetworkId } from './networks';
