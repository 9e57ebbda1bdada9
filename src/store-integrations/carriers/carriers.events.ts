/** A carrier's word on a parcel has changed. { trackedParcelId }: the row says what. */
export const PARCEL_TOLD = 'carrier.parcel_told';
