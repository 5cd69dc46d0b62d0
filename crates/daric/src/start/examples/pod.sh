# An invoice of the business "shop" to the user "ali", and the link to its payment page.
D=http://127.0.0.1:7070; S=$D/srv/sc/nzh/doServiceCall; T='_token_: demo-shop-token'; I='_token_issuer_: 1'
OTT=$(curl -s $S -H "$T" -H "$I" -d scProductId=29816 | sed 's/.*"ott":"\([^"]*\)".*/\1/')
U=$(curl -s $S -H "$T" -H "$I" -d scProductId=29796 -d _ott_=$OTT -d guildCode=API_GUILD -d userId=101 -d 'productId[]=0' \
  -d 'price[]=50000' -d 'quantity[]=1' --data-urlencode 'productDescription[]=کتاب' | sed 's/.*"uniqueNumber":"\([^"]*\)".*/\1/')
echo "$D/v1/pbc/payInvoiceByUniqueNumber?uniqueNumber=$U"
