import { useInAddress } from "../../parts/address.ts";
import { wantedOf, writtenOf } from "./wanted.ts";

/** Which tickets the address asks for. */
export const useWanted = () => useInAddress(wantedOf, writtenOf);
